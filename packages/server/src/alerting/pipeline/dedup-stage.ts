import type { UnixMs } from '../../base/clock.ts';
import type { LogEntry, NotificationLog } from './notification-log.ts';
import type { AlertGroupBatch, Stage } from './stage.ts';

/** Why a group is told now, in Alertmanager's words. */
export type NotifyReason =
  | 'first notification'
  | 'new alerts added'
  | 'all alerts resolved'
  | 'some alerts resolved'
  | 'repeat interval elapsed';

/**
 * Lets a group pass when there is something to say that was not said within repeat_interval. After a crash during a delivery the receiver
 * may have heard that message or not: what is news in either case is told.
 */
export function dedupStage(log: NotificationLog, sendResolved: boolean): Stage {
  return {
    run: async (all, at) => {
      const entry = log.get(all);
      const batch = withoutToldEnds(all, entry);
      const begun = log.begun(batch);
      const reason =
        notifyReason(entry, batch, sendResolved, at) ?? (begun && notifyReason(begun, batch, sendResolved, at));
      return reason === undefined ? { ...batch, alerts: [] } : { ...batch, reason };
    },
  };
}

/**
 * Another Vedette has told the end of what this one remembers from before its own restart and has not seen since: it is over. Were it not,
 * the first evaluation that returns it says so.
 */
export function withoutToldEnds<Batch extends Pick<AlertGroupBatch, 'alerts'>>(
  batch: Batch,
  entry: Pick<LogEntry, 'resolved'> | undefined,
): Batch {
  if (!entry || !batch.alerts.some(({ isUnconfirmed }) => isUnconfirmed)) return batch;
  const ended = new Set(entry.resolved);
  return {
    ...batch,
    alerts: batch.alerts.filter(({ isUnconfirmed, fingerprint }) => !(isUnconfirmed && ended.has(fingerprint))),
  };
}

/**
 * Undefined: there is nothing to say. The rules are Alertmanager's to the letter (notify/dedup_stage.go): a resolved alert is news
 * unless the last message had it as resolved, and repeat_interval counts from when that message was logged, strictly.
 */
export function notifyReason(
  entry: Pick<LogEntry, 'firing' | 'resolved' | 'atMs'> | undefined,
  { alerts, repeatIntervalMs }: Pick<AlertGroupBatch, 'alerts' | 'repeatIntervalMs'>,
  sendResolved: boolean,
  at: UnixMs,
): NotifyReason | undefined {
  const firing = alerts.filter((alert) => !alert.resolved);
  // The end of something nobody heard of is no news.
  if (!entry) return firing.length > 0 ? 'first notification' : undefined;
  const toldFiring = new Set(entry.firing);
  if (firing.some(({ fingerprint }) => !toldFiring.has(fingerprint)))
    return toldFiring.size === 0 ? 'first notification' : 'new alerts added';
  // Whatever send_resolved says: the log must know that they ended, so that they count as new when they come back.
  if (firing.length === 0) return toldFiring.size > 0 ? 'all alerts resolved' : undefined;
  if (sendResolved) {
    const toldResolved = new Set(entry.resolved);
    if (alerts.some(({ resolved, fingerprint }) => resolved && !toldResolved.has(fingerprint)))
      return 'some alerts resolved';
  }
  return entry.atMs < at - repeatIntervalMs ? 'repeat interval elapsed' : undefined;
}
