import { Counter, type Registry } from 'prom-client';
import type { Clock, UnixMs } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { StateStore } from '../../model/ports.ts';
import type { AlertGroupBatch, Stage } from '../pipeline/stage.ts';
import type { Claims } from './claims.ts';
import type { Replicas } from './replicas.ts';

/** While it waits, a replica looks this often whether another one has told. */
const LOOK_EVERY_MS = 1_000;
/** Longer, and the database counts as away: a page that is late is worse than one that comes twice. */
export const DATABASE_WAIT_MAX_MS = 5_000;
/** Targets that could not be told, remembered. */
const FAILED_MAX = 10_000;
/** Two that claimed at the same moment both give way; the first one comes back after about this long. */
const AGAIN_MS = 200;

export interface TurnsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly registry: Registry;
  readonly state: StateStore;
  readonly replicas: Replicas;
  readonly claims: Claims;
}

/**
 * Takes turns in telling. Before the notification log is asked, what others wrote into it is read; who is not first waits for those
 * before it; who tells holds a claim meanwhile, and the log is asked once more under it. When the database is away nobody can be asked,
 * and everybody tells: at least once comes before at most once.
 */
export class Turns {
  readonly #deps: TurnsDeps;
  readonly #peerTimeoutMs: number;
  readonly #unclaimed: Counter;
  readonly #double: Counter;
  readonly #telling = new Set<string>();
  /** What this replica could not tell at its last try: the others come before it at the next. */
  readonly #failed = new Set<string>();

  constructor(deps: TurnsDeps, peerTimeoutMs: number) {
    this.#deps = deps;
    this.#peerTimeoutMs = peerTimeoutMs;
    this.#unclaimed = new Counter({
      name: 'vedette_ha_unclaimed_notifications_total',
      help: 'Notifications told without asking other Vedettes, because the shared database was away: another may have told them too.',
      registers: [deps.registry],
    });
    this.#double = new Counter({
      name: 'vedette_ha_double_notifications_total',
      help: 'Notifications that another Vedette told while this one did.',
      registers: [deps.registry],
    });
  }

  /** By how much a flush may take longer, because it waits for others. */
  get waitMs(): number {
    const { position } = this.#deps.replicas;
    return this.#peerTimeoutMs * (this.#failed.size > 0 ? this.#others() : position);
  }

  /** The end of a pipeline: what the stages do alone, in turns with others. */
  around(dedup: Stage, deliver: Stage): readonly Stage[] {
    return [
      { run: (batch, at, signal) => this.#wait(dedup, batch, at, signal) },
      { run: (batch, at, signal) => this.#tell(dedup, deliver, batch, at, signal) },
    ];
  }

  /** The notification log got an entry from another replica. */
  heardTold(target: Pick<AlertGroupBatch, 'receiver' | 'integration' | 'groupKey'>): void {
    if (this.#telling.has(targetKey(target))) this.#double.inc();
  }

  /** Ends at once when there is nothing to say, which is how most flushes end. */
  async #wait(dedup: Stage, batch: AlertGroupBatch, at: UnixMs, signal: AbortSignal): Promise<AlertGroupBatch> {
    const { clock, replicas } = this.#deps;
    const startedMs = clock.monotonicMs();
    for (;;) {
      await this.#refresh();
      const left = await dedup.run(batch, at, signal);
      const before = this.#failed.has(targetKey(batch)) ? this.#others() : replicas.position;
      if (left.alerts.length === 0) this.#failed.delete(targetKey(batch));
      const waitMs = before * this.#peerTimeoutMs - (clock.monotonicMs() - startedMs);
      if (left.alerts.length === 0 || waitMs <= 0) return left;
      await this.#pause(Math.min(LOOK_EVERY_MS, waitMs), batch, signal);
    }
  }

  /** One place behind the last: a receiver that this replica cannot reach may be reached by another. */
  #others(): number {
    const count = this.#deps.replicas.living().length;
    return count === 1 ? 0 : count;
  }

  async #tell(
    dedup: Stage,
    deliver: Stage,
    batch: AlertGroupBatch,
    at: UnixMs,
    signal: AbortSignal,
  ): Promise<AlertGroupBatch> {
    const { random, claims, replicas } = this.#deps;
    for (;;) {
      const taken = await this.#take(batch);
      if (taken === 'theirs') {
        await this.#pause(AGAIN_MS * (1 + random()) + replicas.position * LOOK_EVERY_MS, batch, signal);
        await this.#untilFree(batch, signal);
      }
      const left = await dedup.run(batch, at, signal);
      if (taken === 'theirs' && left.alerts.length > 0) continue;
      try {
        if (left.alerts.length === 0) {
          this.#failed.delete(targetKey(batch));
          return left;
        }
        this.#telling.add(targetKey(batch));
        // Until it is known to have gone well.
        if (this.#failed.size < FAILED_MAX) this.#failed.add(targetKey(batch));
        const told = await deliver.run(left, at, signal);
        this.#failed.delete(targetKey(batch));
        return told;
      } finally {
        this.#telling.delete(targetKey(batch));
        if (taken === 'ours') {
          // Not waited for: the flush is done, and what cannot be written now is written when the database is back.
          claims.release(batch).catch((error: unknown) => this.#report(error, 'a claim could not be given back'));
        }
      }
    }
  }

  async #take(batch: AlertGroupBatch): Promise<'ours' | 'theirs' | 'unknown'> {
    const { claims } = this.#deps;
    try {
      return (await this.#atMost(claims.take(batch))) ? 'ours' : 'theirs';
    } catch (error) {
      this.#report(error, 'the shared database is away: told without asking other Vedettes');
      this.#unclaimed.inc();
      claims.release(batch).catch((late: unknown) => this.#report(late, 'a claim could not be given back'));
      return 'unknown';
    }
  }

  /** Another one is telling: until it has, or failed, or is dead. Rejects with NOTIFY_FAILED when the flush ends before. */
  async #untilFree(batch: AlertGroupBatch, signal: AbortSignal): Promise<void> {
    const { claims } = this.#deps;
    while (claims.isTaken(batch)) {
      await this.#pause(LOOK_EVERY_MS, batch, signal);
      await this.#refresh();
    }
  }

  async #pause(ms: number, { receiver, integration }: AlertGroupBatch, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new VedetteError(
        'NOTIFY_FAILED',
        `receiver "${receiver}" (${integration}) was left to another Vedette until the time for it was over; looked at again at the next group_interval`,
        { cause: error },
      );
    }
  }

  async #refresh(): Promise<void> {
    try {
      await this.#atMost(this.#deps.state.refresh?.() ?? Promise.resolve());
    } catch (error) {
      this.#report(error, 'the shared database is away: what other Vedettes told is not known');
    }
  }

  async #atMost<T>(work: Promise<T>): Promise<T> {
    return withDeadline(this.#deps.clock, DATABASE_WAIT_MAX_MS, undefined, (late) =>
      Promise.race([
        work,
        new Promise<never>((_, reject) => {
          late.addEventListener('abort', () => reject(late.reason as Error), { once: true });
        }),
      ]),
    );
  }

  #report(error: unknown, message: string): void {
    this.#deps.logger.warn({ error: errorMessage(error) }, message);
  }
}

function targetKey({
  receiver,
  integration,
  groupKey,
}: Pick<AlertGroupBatch, 'receiver' | 'integration' | 'groupKey'>) {
  return JSON.stringify([receiver, integration, groupKey]);
}
