import type { UnixMs } from '../../base/clock.ts';
import { errorMessage, isVedetteError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { NotificationLog } from '../pipeline/notification-log.ts';
import type { Notifier } from '../notify/notification.ts';
import type { Receiver } from '../pipeline/receiver.ts';
import type { AlertGroupBatch, Stage } from '../pipeline/stage.ts';
import type { DeliverDeps } from '../pipeline/deliver-stage.ts';

/** Attempts go on for this long; then the backup is told, and the next attempt comes with the next evaluation. */
export const DELIVERY_LIMIT_MS = 60_000;

export interface LevelDeliveryDeps extends DeliverDeps {
  readonly logger: Logger;
  /** Undefined when there is no receiver of that name any more. */
  readonly receiver: (name: string) => Receiver | undefined;
  /** The last stage for a notifier, with the backup behind it. */
  readonly deliver: (notifier: Notifier) => Stage;
  /** Stages before the last: they may say more, and leave nothing out. */
  readonly before: readonly Stage[];
  readonly inTurns: InTurns;
}

/** The end of a pipeline; with several Vedettes they take turns, and each asks once more what was told. */
export type InTurns = (dedup: Stage, deliver: Stage) => readonly Stage[];

export type LevelBatch = Omit<AlertGroupBatch, 'receiver' | 'integration'>;

/** Tells receivers outside of routes. The notification log says what was told, so that a restart tells nothing twice. */
export class LevelDelivery {
  readonly #deps: LevelDeliveryDeps;

  constructor(deps: LevelDeliveryDeps) {
    this.#deps = deps;
  }

  /** True when every integration of the receiver was told at `sinceMs` or later, now or before. */
  async tell(receiverName: string, batch: LevelBatch, sinceMs: number, at: UnixMs, signal: AbortSignal) {
    const receiver = this.#deps.receiver(receiverName);
    if (!receiver) {
      this.#deps.logger.error({ receiver: receiverName }, 'an escalation cannot be told: there is no such receiver');
      return false;
    }
    return receiver.during(async () => {
      const outcomes = await Promise.all(
        receiver.notifiers.map((notifier, i) =>
          this.#integration(
            notifier,
            { ...batch, receiver: receiver.name, integration: `${notifier.integration}[${i}]` },
            sinceMs,
            at,
            signal,
          ),
        ),
      );
      return outcomes.every(Boolean);
    });
  }

  async #integration(notifier: Notifier, batch: AlertGroupBatch, sinceMs: number, at: UnixMs, signal: AbortSignal) {
    const { clock, log, logger, before, deliver, inTurns } = this.#deps;
    const stages = [...before, ...inTurns(toldStage(log, sinceMs), deliver(notifier))];
    try {
      await withDeadline(clock, DELIVERY_LIMIT_MS, signal, async (limit) => {
        let left = batch;
        for (const stage of stages) {
          left = await stage.run(left, at, limit);
          if (left.alerts.length === 0) return;
        }
      });
      return true;
    } catch (error) {
      const { receiver, integration, groupKey } = batch;
      const fields = { receiver, integration, group: groupKey, error: errorMessage(error) };
      if (isVedetteError(error, 'NOTIFY_FAILED')) logger.warn(fields, 'escalation not delivered; it is tried again');
      else logger.error(fields, 'escalation failed; it is tried again');
      return false;
    }
  }
}

/** Lets pass what was not told since the level came due: firing for a batch that fires, the end for one that ended. */
function toldStage(log: NotificationLog, sinceMs: number): Stage {
  return {
    run: async (batch) => {
      const entry = log.get(batch);
      const isFiring = batch.alerts.some((alert) => !alert.resolved);
      const wasTold = entry !== undefined && entry.atMs >= sinceMs && entry.firing.length > 0 === isFiring;
      return wasTold ? { ...batch, alerts: [] } : batch;
    },
  };
}
