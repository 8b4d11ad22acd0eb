import type { Acknowledgements } from '../ports.ts';
import type { Stage } from '../pipeline/stage.ts';
import { LOG_RETENTION_MS } from '../pipeline/notification-log.ts';

export interface AcknowledgeStageDeps {
  readonly acknowledgements: Pick<Acknowledgements, 'of'>;
  /** Address of a link that acknowledges the group; undefined when there is none to give. */
  readonly link: (groupKey: string, receiver: string, atMs: number) => string | undefined;
}

/**
 * A group all of whose firing alerts are acknowledged is not repeated; what is new in it, and what ended, is told as ever. It changes
 * no alert, because the deduplication that follows must see them all. Everything else gets its link.
 */
export function acknowledgeStage({ acknowledgements, link }: AcknowledgeStageDeps): Stage {
  return {
    run: async (batch, at) => {
      const firing = batch.alerts.filter((alert) => !alert.resolved);
      const open = firing.filter((alert) => !acknowledgements.of(alert.fingerprint, alert.startsAtMs));
      if (firing.length > 0 && open.length === 0)
        return { ...batch, repeatIntervalMs: Math.max(batch.repeatIntervalMs, LOG_RETENTION_MS) };
      const acknowledgeUrl = open.length > 0 ? link(batch.groupKey, batch.receiver, at) : undefined;
      return acknowledgeUrl === undefined ? batch : { ...batch, acknowledgeUrl };
    },
  };
}
