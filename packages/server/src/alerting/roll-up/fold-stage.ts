import type { MuteMemory, MuteVerdict } from '../history/mute-memory.ts';
import { LOG_RETENTION_MS, type LogEntry } from '../pipeline/notification-log.ts';
import type { AlertGroupBatch, Stage } from '../pipeline/stage.ts';
import type { RollUp } from './roll-up.ts';

/**
 * Takes out of a group what is told through a parent. What this receiver was told already stays until it ends, but is no reason to
 * repeat; and the end of an alert that takes part passes only when its beginning was told: forty cameras that come back behind one
 * switch are one message. The memory tells the history which alerts were not told because of it.
 */
export function foldStage(
  rollUp: () => Pick<RollUp, 'isIdle' | 'mutedSince' | 'takesPart'> | undefined,
  log: { get(target: Pick<AlertGroupBatch, 'groupKey' | 'receiver' | 'integration'>): LogEntry | undefined },
  memory?: MuteMemory,
): Stage {
  return {
    run: async (batch, at) => {
      const folds = rollUp();
      if (!folds || folds.isIdle) return batch;
      const told = new Set(log.get(batch)?.firing);
      let isAllFolded = true;
      const verdicts: MuteVerdict[] = [];
      const alerts = batch.alerts.filter((alert) => {
        const wasTold = told.has(alert.fingerprint);
        const reason = alert.resolved ? undefined : folds.mutedSince(alert.labels, alert.startsAtMs, at);
        verdicts.push({ alert, reason: wasTold ? undefined : reason });
        if (alert.resolved) return wasTold || !folds.takesPart(alert.labels);
        if (!reason) isAllFolded = false;
        return !reason || wasTold;
      });
      memory?.note(batch.groupKey, verdicts, at);
      if (isAllFolded && alerts.some((alert) => !alert.resolved))
        return { ...batch, alerts, repeatIntervalMs: Math.max(batch.repeatIntervalMs, LOG_RETENTION_MS) };
      return alerts.length === batch.alerts.length ? batch : { ...batch, alerts };
    },
  };
}
