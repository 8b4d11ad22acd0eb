import type { UnixMs } from '../../base/clock.ts';
import { errorMessage, isVedetteError } from '../../base/errors.ts';
import type { Turns } from '../ha/turns.ts';
import type { MuteMemory } from '../history/mute-memory.ts';
import { dedupStage } from './dedup-stage.ts';
import { type DeliverDeps, deliverStage } from './deliver-stage.ts';
import type { Notifier } from '../notify/notification.ts';
import { muteStage } from './mute-stage.ts';
import type { Receiver } from './receiver.ts';
import type { AlertGroupBatch, Muter, Stage } from './stage.ts';

export interface PipelineDeps extends DeliverDeps {
  readonly muters: readonly Muter[];
  readonly muteMemory?: MuteMemory | undefined;
  readonly externalUrl: () => string;
  /** Between muting and deduplication. */
  readonly stages?: readonly Stage[];
  /** The last stage; deliverStage when left out. */
  readonly deliver?: (notifier: Notifier) => Stage;
  /** With several Vedettes; undefined: this one is alone. */
  readonly turns?: Turns | undefined;
}

/** The stages every notification passes: mute, deduplicate, deliver. The integrations of a receiver run side by side. */
export class Pipeline {
  readonly receiver: Receiver;
  readonly #deps: PipelineDeps;
  readonly #branches: readonly { readonly integration: string; readonly stages: readonly Stage[] }[];

  constructor(receiver: Receiver, deps: PipelineDeps) {
    this.receiver = receiver;
    this.#deps = deps;
    this.#branches = receiver.notifiers.map((notifier, i) => ({
      integration: `${notifier.integration}[${i}]`,
      stages: [
        muteStage(deps.muters, deps.muteMemory),
        ...(deps.stages ?? []),
        ...inTurns(
          deps.turns,
          dedupStage(deps.log, notifier.sendResolved),
          deps.deliver?.(notifier) ?? deliverStage(notifier, deps.externalUrl, deps),
        ),
      ],
    }));
  }

  /** True when the log has a word about the group: it was notified before, perhaps by an earlier process. */
  knows(groupKey: string): boolean {
    const { log } = this.#deps;
    return this.#branches.some(({ integration }) => log.knows({ groupKey, receiver: this.receiver.name, integration }));
  }

  /** True when all integrations were told, or needed not be. */
  async run(
    batch: Omit<AlertGroupBatch, 'receiver' | 'integration'>,
    at: UnixMs,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.receiver.during(async () => {
      const outcomes = await Promise.all(
        this.#branches.map(({ integration, stages }) =>
          this.#branch(stages, { ...batch, receiver: this.receiver.name, integration }, at, signal),
        ),
      );
      return outcomes.every(Boolean);
    });
  }

  async #branch(stages: readonly Stage[], batch: AlertGroupBatch, at: UnixMs, signal: AbortSignal): Promise<boolean> {
    try {
      let left = batch;
      for (const stage of stages) {
        left = await stage.run(left, at, signal);
        if (left.alerts.length === 0) return true;
      }
      return true;
    } catch (error) {
      const fields = {
        receiver: batch.receiver,
        integration: batch.integration,
        group: batch.groupKey,
        error: errorMessage(error),
      };
      if (isVedetteError(error, 'NOTIFY_FAILED')) this.#deps.logger.warn(fields, 'notification not delivered');
      else this.#deps.logger.error(fields, 'notification pipeline failed');
      return false;
    }
  }
}

function inTurns(turns: Turns | undefined, dedup: Stage, deliver: Stage): readonly Stage[] {
  return turns ? turns.around(dedup, deliver) : [dedup, deliver];
}
