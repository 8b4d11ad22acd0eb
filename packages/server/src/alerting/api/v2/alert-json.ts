import type { AlertStatus, GettableAlert } from '@vedette/wire/http';
import type { MuteReason } from '../../mute-reason.ts';
import type { GroupAlert } from '../../notify/notification.ts';
import { dateTime } from './date-time.ts';

/** Whether an alert is kept quiet, in upstream's terms. */
export interface AlertMutes {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly reasons: readonly MuteReason[];
}

const FREE: AlertMutes = { silencedBy: [], inhibitedBy: [], reasons: [] };

export function mutesOf(reasons: readonly MuteReason[]): AlertMutes {
  if (reasons.length === 0) return FREE;
  const idsOf = (kind: MuteReason['by']): readonly string[] =>
    reasons.filter(({ by }) => by === kind).flatMap(({ ids }) => ids);
  return { silencedBy: idsOf('silence'), inhibitedBy: idsOf('inhibition'), reasons };
}

export function isSuppressed({ silencedBy, inhibitedBy }: AlertMutes): boolean {
  return silencedBy.length > 0 || inhibitedBy.length > 0;
}

/** `group` is set where an alert is shown in its group, whose route time intervals may keep quiet. */
export function alertJson(
  alert: GroupAlert,
  mutes: AlertMutes,
  receivers: readonly string[],
  group?: MuteReason,
): GettableAlert {
  return {
    annotations: alert.annotations,
    endsAt: dateTime(alert.endsAtMs),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: dateTime(alert.startsAtMs),
    status: statusJson(mutes, group),
    updatedAt: dateTime(alert.updatedAtMs ?? alert.startsAtMs),
    ...(alert.generatorUrl === '' ? {} : { generatorURL: alert.generatorUrl }),
    labels: alert.labels.toObject(),
  };
}

function statusJson(mutes: AlertMutes, group: MuteReason | undefined): AlertStatus {
  const reasons = group ? [...mutes.reasons, group] : mutes.reasons;
  return {
    inhibitedBy: mutes.inhibitedBy,
    mutedBy: group?.ids ?? [],
    silencedBy: mutes.silencedBy,
    state: group || isSuppressed(mutes) ? 'suppressed' : 'active',
    reasons: reasons.map(({ text }) => text),
  };
}
