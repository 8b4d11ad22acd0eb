import type { UnixMs } from '../../../base/clock.ts';
import { VedetteError } from '../../../base/errors.ts';
import type { AlertStore } from '../../alert-store.ts';
import { rfc3339 } from '../../fingerprint.ts';
import type { MuteReason } from '../../mute-reason.ts';
import type { OpenedConfig } from '../../opened-config.ts';
import type { DeliveryHealth } from '../../pipeline/delivery-health.ts';
import type { Muter } from '../../pipeline/stage.ts';
import type { AlertingDeps, IncomingAlert } from '../../room.ts';
import type { Dispatcher } from '../../route/dispatcher.ts';
import { matchRoutes } from '../../route/match-routes.ts';
import type { Silences } from '../../silences/silence-store.ts';
import { TimeIntervals } from '../../time-intervals/time-intervals.ts';
import type { AlertmanagerView, ViewedGroup } from './alertmanager-view.ts';

/** Parts of the alerting room as they are at the moment; a reload changes them. */
export interface RoomParts {
  readonly deps: () => Pick<AlertingDeps, 'clock' | 'logger' | 'version'>;
  readonly startedMs: () => number;
  readonly opened: () => OpenedConfig | undefined;
  readonly store: () => AlertStore;
  readonly dispatcher: () => Dispatcher | undefined;
  readonly silences: () => Silences | undefined;
  /** What keeps an alert quiet whichever route it takes. */
  readonly muters: () => readonly Muter[];
  readonly health: () => DeliveryHealth;
  readonly take: (alerts: readonly IncomingAlert[], at: UnixMs) => void;
}

/** Most alerts of a listing are free. */
const NONE: readonly MuteReason[] = [];

/** What Alertmanager's API sees of the room. */
export function roomView(parts: RoomParts): AlertmanagerView {
  return {
    now: () => parts.deps().clock.now(),
    startedAt: () => parts.startedMs() as UnixMs,
    version: () => parts.deps().version ?? '',
    config: () => parts.opened()?.model,
    alerts: () => parts.store().values(),
    receiversOf: (labels) => {
      const root = parts.opened()?.model?.route;
      return root ? [...new Set(matchRoutes(root, labels).map(({ receiver }) => receiver))] : [];
    },
    groups: () => groupsOf(parts),
    mutedBy: (labels, at) => {
      let reasons: MuteReason[] | undefined;
      for (const muter of parts.muters()) {
        const reason = muter.mutedBy(labels, at);
        if (reason) (reasons ??= []).push(reason);
      }
      return reasons ?? NONE;
    },
    silences: () => {
      const silences = parts.silences();
      if (silences) return silences;
      throw new VedetteError('DATABASE_UNAVAILABLE', 'silences have not been read yet; ask again in a moment');
    },
    receive: async (alerts, at) => parts.take(alerts, at),
    counted: ({ firing, resolved, invalid }) => parts.health().arrived(firing, resolved, invalid),
    silenced: ({ id, createdBy, user, endsAtMs }) =>
      parts.deps().logger.info({ silence: id, createdBy, user, endsAt: rfc3339(endsAtMs) }, 'a silence was changed'),
  };
}

function* groupsOf(parts: RoomParts): IterableIterator<ViewedGroup> {
  const intervals = new TimeIntervals(parts.opened()?.model?.timeIntervals ?? []);
  const now = parts.deps().clock.now();
  const dispatcher = parts.dispatcher();
  for (const group of dispatcher?.groups ?? []) {
    const route = dispatcher?.routeOf(group);
    if (!route) continue;
    const { labels, alerts } = group;
    yield { labels, receiver: route.receiver, alerts: alerts.values(), mutedBy: intervals.mutedBy(route, now) };
  }
}
