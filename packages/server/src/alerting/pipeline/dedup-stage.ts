import type { UnixMs } from '../../base/clock.ts';
import type { LogEntry, NotificationLog } from './notification-log.ts';
import type { AlertGroupBatch, Stage } from './stage.ts';

/** Lets a group pass when there is something to say that was not said within repeat_interval. */
export function dedupStage(log: NotificationLog, sendResolved: boolean): Stage {
  return {
    run: async (batch, at) => {
      const entry = log.get(batch);
      return hasNews(entry, batch, sendResolved, at) ? batch : { ...batch, alerts: [] };
    },
  };
}

function hasNews(entry: LogEntry | undefined, batch: AlertGroupBatch, sendResolved: boolean, at: UnixMs): boolean {
  const firing = batch.alerts.filter((alert) => !alert.resolved);
  const resolved = batch.alerts.filter((alert) => alert.resolved);
  // The end of something nobody heard of is no news.
  if (!entry) return firing.length > 0;
  const toldFiring = new Set(entry.firing);
  if (firing.some(({ fingerprint }) => !toldFiring.has(fingerprint))) return true;
  if (firing.length === 0) {
    // Only what was told firing can be told resolved, once. Without send_resolved the end is just logged, so that the
    // same alerts count as new when they come back.
    return toldFiring.size > 0;
  }
  const toldResolved = new Set(entry.resolved);
  if (sendResolved && resolved.some(({ fingerprint }) => toldFiring.has(fingerprint) && !toldResolved.has(fingerprint)))
    return true;
  return at - entry.atMs >= batch.repeatIntervalMs;
}
