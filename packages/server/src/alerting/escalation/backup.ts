import type { Clock, UnixMs } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { errorMessage, isVedetteError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { dedupStage } from '../pipeline/dedup-stage.ts';
import type { DeliveryHealth } from '../pipeline/delivery-health.ts';
import type { NotificationLog } from '../pipeline/notification-log.ts';
import type { Notifier } from '../notify/notification.ts';
import type { Receiver } from '../pipeline/receiver.ts';
import type { AlertGroupBatch, Stage } from '../pipeline/stage.ts';
import type { InTurns } from './level-delivery.ts';
import type { EscalationMetrics } from './metrics.ts';

/** A backup has this long; it does not have the time of a group's interval, for it comes after it. */
export const BACKUP_LIMIT_MS = 30_000;

export interface BackupDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: NotificationLog;
  readonly health: DeliveryHealth;
  readonly metrics: EscalationMetrics;
  readonly receiver: (name: string) => Receiver | undefined;
  /** Name of the receiver that stands in for another one. */
  readonly backupOf: (receiver: string) => string | undefined;
  /** Delivers with retries, and writes the log; rejects with NOTIFY_FAILED. */
  readonly deliver: (notifier: Notifier) => Stage;
  readonly inTurns: InTurns;
}

/**
 * Delivers, and tells the backup when that fails for good (refused, or until the time was up), or at once when the channel has been
 * failing for a while. The receiver itself is tried on; a backup that was told a group fires is told its end too.
 */
export function deliverWithBackup(notifier: Notifier, deps: BackupDeps): Stage {
  const deliver = deps.deliver(notifier);
  return {
    run: async (batch, at, signal) => {
      const name = deps.backupOf(batch.receiver);
      const backup = name === undefined ? undefined : deps.receiver(name);
      if (!backup) return deliver.run(batch, at, signal);
      const isFailing = !deps.health.isHealthy(batch.receiver, batch.integration);
      const early = isFailing ? tellBackup(backup, batch, at, deps) : undefined;
      try {
        const done = await deliver.run(batch, at, signal);
        if (batch.alerts.some((alert) => alert.resolved)) await tellEnd(backup, batch, at, deps);
        return done;
      } catch (error) {
        // Vedette stops: the notification is made up for after the start, by the receiver itself.
        const isStopping = signal.aborted && !isTimeout(signal.reason);
        if (isVedetteError(error, 'NOTIFY_FAILED') && !early && !isStopping) await tellBackup(backup, batch, at, deps);
        throw error;
      } finally {
        await early;
      }
    },
  };
}

async function tellEnd(backup: Receiver, batch: AlertGroupBatch, at: UnixMs, deps: BackupDeps): Promise<void> {
  const wasTold = backup.notifiers.some(
    (notifier, i) => (deps.log.get(stoodIn(backup, notifier, i, batch))?.firing.length ?? 0) > 0,
  );
  if (wasTold) await tellBackup(backup, batch, at, deps);
}

/** Never rejects: the primary's outcome is what counts for the group. */
async function tellBackup(backup: Receiver, batch: AlertGroupBatch, at: UnixMs, deps: BackupDeps): Promise<void> {
  const { clock, log, logger, metrics } = deps;
  await backup.during(async () => {
    await Promise.all(
      backup.notifiers.map(async (notifier, i) => {
        const own = stoodIn(backup, notifier, i, batch);
        try {
          await withDeadline(clock, BACKUP_LIMIT_MS, undefined, async (limit) => {
            let left = own;
            for (const stage of deps.inTurns(dedupStage(log, notifier.sendResolved), deps.deliver(notifier))) {
              left = await stage.run(left, at, limit);
              if (left.alerts.length === 0) return;
            }
            metrics.backups.inc({ receiver: batch.receiver, backup: backup.name });
          });
        } catch (error) {
          logger.error(
            { receiver: batch.receiver, backup: backup.name, group: batch.groupKey, error: errorMessage(error) },
            'neither a receiver nor its backup could be reached; both are tried again',
          );
        }
      }),
    );
  });
}

function stoodIn(backup: Receiver, notifier: Notifier, i: number, batch: AlertGroupBatch): AlertGroupBatch {
  return {
    ...batch,
    receiver: backup.name,
    integration: `${notifier.integration}[${i}]`,
    routeLabels: { ...batch.routeLabels, backup_for: batch.receiver },
  };
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && (reason.name === 'TimeoutError' || isVedetteError(reason, 'NOTIFY_FAILED'));
}
