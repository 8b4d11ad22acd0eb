import type { EscalationOverview } from '@vedette/wire/http';
import { unixMs } from '../../base/clock.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import { Labels } from '../../model/labels.ts';
import { isResolved } from '../alert-store.ts';
import { fingerprint, rfc3339 } from '../fingerprint.ts';
import type { OnCall } from '../on-call/schedule.ts';
import type { ResponseParts } from './response-engine.ts';

/** Incidents in one answer. */
const INCIDENTS_SHOWN_MAX = 500;

export interface EscalationView {
  readonly nowMs: number;
  readonly parts: ResponseParts | undefined;
  readonly onCall: OnCall | undefined;
}

/** GET /api/vedette/alerting/escalation: open incidents, who is on call, what is rolled up, what is expected. */
export function escalationApi(view: () => EscalationView): HttpPlugin {
  return async (scope) => {
    scope.get('/api/vedette/alerting/escalation', async (): Promise<EscalationOverview> => overview(view()));
  };
}

function overview({ nowMs, parts, onCall }: EscalationView): EscalationOverview {
  const open = (parts?.incidents.all ?? [])
    .filter(({ openedMs }) => openedMs !== undefined)
    .sort((a, b) => (a.openedMs ?? 0) - (b.openedMs ?? 0));
  return {
    incidentsTotal: open.length,
    incidents: open.slice(0, INCIDENTS_SHOWN_MAX).map((incident) => {
      const firing = [...incident.alerts.values()].filter((alert) => !isResolved(alert, nowMs));
      return {
        key: incident.groupKey,
        policy: incident.policy.config.name,
        labels: incident.labels.toObject(),
        openedAt: rfc3339(incident.openedMs ?? nowMs),
        firing: firing.length,
        acknowledged: firing.filter((alert) => parts?.acknowledgements.of(alert.fingerprint, alert.startsAtMs)).length,
        levels: incident.policy.config.levels.map((level, i) => {
          const state = incident.levels[i];
          return {
            dueAt: timeOrNull(state?.dueMs),
            told: state?.told ?? 0,
            lastToldAt: timeOrNull(state?.lastToldMs),
            receivers: parts?.incidents.receiversOf(level, nowMs) ?? [],
          };
        }),
      };
    }),
    onCall: (onCall?.names ?? []).map((schedule) => {
      const duty = onCall?.duty(schedule, nowMs);
      return {
        schedule,
        person: duty?.person ?? null,
        receiver: duty?.receiver ?? null,
        because: duty?.because ?? null,
        until: timeOrNull(onCall?.dutyUntil(schedule, unixMs(nowMs))),
      };
    }),
    rollUps: (parts?.rollUp.folds ?? []).map(({ level, name, startsAtMs, labels, firing, children }) => ({
      level,
      name,
      since: rfc3339(startsAtMs),
      firing,
      children: children ?? null,
      fingerprint: fingerprint(Labels.fromObject(labels)),
    })),
    expected: (parts?.expected.view() ?? []).map(({ name, lastSeenMs, missing }) => ({
      name,
      lastSeen: timeOrNull(lastSeenMs),
      missing,
    })),
  };
}

function timeOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : rfc3339(ms);
}
