import { LOG_RETENTION_MS, type LogEntry } from '../pipeline/notification-log.ts';
import type { AlertGroupBatch, Stage } from '../pipeline/stage.ts';
import type { RollUp } from './roll-up.ts';

/**
 * Takes out of a group what is told through a parent. What this receiver was told already stays until it ends, but is no reason to
 * repeat; and the end of an alert that takes part passes only when its beginning was told: forty cameras that come back behind one
 * switch are one message.
 */
export function foldStage(
  rollUp: () => Pick<RollUp, 'isIdle' | 'mutedSince' | 'takesPart'> | undefined,
  log: { get(target: Pick<AlertGroupBatch, 'groupKey' | 'receiver' | 'integration'>): LogEntry | undefined },
): Stage {
  return {
    run: async (batch, at) => {
      const folds = rollUp();
      if (!folds || folds.isIdle) return batch;
      const told = new Set(log.get(batch)?.firing);
      let isAllFolded = true;
      const alerts = batch.alerts.filter((alert) => {
        const wasTold = told.has(alert.fingerprint);
        if (alert.resolved) return wasTold || !folds.takesPart(alert.labels);
        const isFolded = folds.mutedSince(alert.labels, alert.startsAtMs, at) !== undefined;
        if (!isFolded) isAllFolded = false;
        return !isFolded || wasTold;
      });
      if (isAllFolded && alerts.some((alert) => !alert.resolved))
        return { ...batch, alerts, repeatIntervalMs: Math.max(batch.repeatIntervalMs, LOG_RETENTION_MS) };
      return alerts.length === batch.alerts.length ? batch : { ...batch, alerts };
    },
  };
}
