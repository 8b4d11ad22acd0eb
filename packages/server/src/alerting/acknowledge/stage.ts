import { LOG_RETENTION_MS } from '../pipeline/notification-log.ts';
import type { AlertGroupBatch, Stage } from '../pipeline/stage.ts';
import type { Acknowledgements } from '../ports.ts';

/**
 * A group all of whose firing alerts are acknowledged is not repeated; what is new in it, and what ended, is told as ever. It changes
 * no alert, because the deduplication that follows must see them all.
 */
export function acknowledgeStage(acknowledgements: Pick<Acknowledgements, 'of'>): Stage {
  return {
    run: async (batch) =>
      batch.alerts.some((alert) => !alert.resolved) && !hasOpenAlerts(batch, acknowledgements)
        ? { ...batch, repeatIntervalMs: Math.max(batch.repeatIntervalMs, LOG_RETENTION_MS) }
        : batch,
  };
}

/** True when something fires that nobody looks after. */
export function hasOpenAlerts({ alerts }: AlertGroupBatch, acknowledgements: Pick<Acknowledgements, 'of'>): boolean {
  return alerts.some(
    ({ resolved, fingerprint, startsAtMs }) => !resolved && !acknowledgements.of(fingerprint, startsAtMs),
  );
}
