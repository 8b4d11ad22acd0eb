import type { AlertingOverview, AlertmanagerOverview } from '@vedette/wire/http';
import { formatDuration } from '../../base/units.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { AlertGroup } from '../route/alert-group.ts';
import { isResolved } from '../alert-store.ts';
import type { DeliveryHealth } from '../pipeline/delivery-health.ts';
import type { RouteNode } from '../config/model.ts';
import { rfc3339 } from '../fingerprint.ts';
import type { Receiver } from '../pipeline/receiver.ts';

/** Groups listed in one answer; a page shows fewer. `groupsTotal` is the whole number. */
export const GROUPS_SHOWN_MAX = 500;

export interface AlertingView {
  readonly route: RouteNode | undefined;
  readonly receivers: readonly Receiver[];
  readonly groups: readonly AlertGroup[];
  readonly alerts: { readonly firing: number; readonly resolved: number };
  readonly alertmanagers: readonly AlertmanagerOverview[];
  readonly health: DeliveryHealth;
  readonly nowMs: number;
}

/** /api/vedette/alerting: the route, how deliveries went, and the groups. */
export function alertingApi(view: () => AlertingView): HttpPlugin {
  return async (scope) => {
    scope.get('/api/vedette/alerting', async (): Promise<AlertingOverview> => alertingJson(view()));
  };
}

function alertingJson({
  route,
  receivers,
  groups,
  alerts,
  alertmanagers,
  health,
  nowMs,
}: AlertingView): AlertingOverview {
  return {
    route: route
      ? {
          receiver: route.receiver,
          groupBy: route.groupByAll ? ['...'] : route.groupBy,
          groupWait: formatDuration(route.groupWaitMs),
          groupInterval: formatDuration(route.groupIntervalMs),
          repeatInterval: formatDuration(route.repeatIntervalMs),
        }
      : null,
    receivers: receivers.map((receiver) => ({
      name: receiver.name,
      integrations: receiver.notifiers.map((notifier, i) => {
        const { sent, failed, lastAttemptMs, lastSuccessMs, lastErrorMs, lastError, lastDurationMs } = health.of(
          receiver.name,
          `${notifier.integration}[${i}]`,
        );
        return {
          name: notifier.integration,
          index: i,
          sendResolved: notifier.sendResolved,
          sent,
          failed,
          lastAttempt: timeOrNull(lastAttemptMs),
          lastSuccess: timeOrNull(lastSuccessMs),
          lastErrorAt: timeOrNull(lastErrorMs),
          lastError: lastError ?? null,
          lastDurationSeconds: lastDurationMs === undefined ? null : lastDurationMs / 1000,
        };
      }),
    })),
    alerts,
    groupsTotal: groups.length,
    groups: groups.slice(0, GROUPS_SHOWN_MAX).map((group) => {
      const all = [...group.alerts.values()];
      const resolved = all.filter((alert) => isResolved(alert, nowMs)).length;
      return {
        key: group.key,
        labels: group.labels.toObject(),
        firing: all.length - resolved,
        resolved,
        lastFlush: timeOrNull(group.lastFlushMs),
        nextFlush: rfc3339(group.nextFlushMs),
      };
    }),
    alertmanagers,
  };
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : rfc3339(ms);
}
