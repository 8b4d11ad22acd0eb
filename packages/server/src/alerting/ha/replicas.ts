import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { randomId } from '../../base/random.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';

/** How often each says that it lives. */
export const BEAT_INTERVAL_MS = 2_000;
/**
 * A replica that was not heard for so long is taken for dead, and the next one tells. Shorter takes over sooner; longer forgives a slow
 * database. Below Alertmanager's smallest sensible group_interval.
 */
export const LEASE_MS = 10_000;
/** Of the time between two looks at most this much counts as listening: a process that was itself stopped has heard nothing. */
const LISTENED_STEP_MAX_MS = 2 * BEAT_INTERVAL_MS;
/** An entry of a replica that left without a word is removed so much later. */
const FORGET_MS = 86_400_000;

const beatSchema = z.object({
  /** A restarted replica is another process. */
  process: z.string(),
  /** Changes with each beat. */
  count: z.number(),
  atMs: z.number(),
});
type Beat = z.infer<typeof beatSchema>;

interface Heard {
  readonly beat: Beat;
  /** How long this process had listened when it heard the beat. */
  readonly atListenedMs: number;
}

export interface ReplicasDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Shared by all replicas. */
  readonly state: StateStore;
}

/**
 * Who lives, and who is how many-eth. Nobody's clock is compared with another's: a replica is dead when this one has listened for a
 * lease, with a database that answered, and heard no new beat. While the database is away, everybody keeps the place it had.
 */
export class Replicas implements Component {
  readonly name = 'replicas';
  readonly ownName: string;
  readonly ownProcess = randomId();
  readonly #deps: ReplicasDeps;
  readonly #heard = new Map<string, Heard>();
  #table: StateTable<Beat> | undefined;
  #schedule: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();
  #listenedMs = 0;
  #lastLookMs = 0;
  #count = 0;
  #position = 0;
  #sameNameTold = false;
  readonly #listeners = new Set<(position: number) => void>();

  constructor(deps: ReplicasDeps, ownName: string) {
    this.#deps = deps;
    this.ownName = ownName;
    const gauge = (name: string, help: string, read: () => number): void =>
      deps.registry.registerMetric(
        new Gauge({
          name,
          help,
          registers: [],
          collect() {
            this.set(read());
          },
        }),
      );
    gauge(
      'vedette_ha_replicas',
      'Vedettes that share alerts with this one and live, itself included.',
      () => this.living().length,
    );
    gauge(
      'vedette_ha_position',
      'How many living Vedettes tell alerts before this one; 0: it tells first.',
      () => this.#position,
    );
  }

  /** Living replicas before this one; 0: it is the first. */
  get position(): number {
    return this.#position;
  }

  /** Names, sorted; itself included. */
  living(): readonly string[] {
    const others = [...this.#heard].filter(([, heard]) => this.#lives(heard)).map(([name]) => name);
    return [...others, this.ownName].sort();
  }

  /** Everybody who ever said something and was not forgotten, itself left out. */
  others(): readonly string[] {
    return [...(this.#table?.entries() ?? [])].map(([name]) => name).filter((name) => name !== this.ownName);
  }

  /** True when this very process of the replica lives, as far as is known; one that was never judged yet does. */
  isLiving(name: string, process: string): boolean {
    const beat = this.#table?.get(name);
    if (beat?.process !== process) return false;
    const heard = this.#heard.get(name);
    return heard?.beat.process !== process || heard.beat.count !== beat.count || this.#lives(heard);
  }

  /** Hears when the position changes. */
  onPosition(hear: (position: number) => void): Disposable {
    this.#listeners.add(hear);
    return { [Symbol.dispose]: () => void this.#listeners.delete(hear) };
  }

  async start(): Promise<void> {
    const { clock, state, logger } = this.#deps;
    const table = await state.open('ha-replicas', (json) => beatSchema.safeParse(json).data);
    this.#table = table;
    table.changes?.((changed) => this.#checkOwn(changed.get(this.ownName)));
    this.#lastLookMs = clock.monotonicMs();
    this.#hear();
    await this.#beat(table);
    this.#place();
    this.#schedule = clock.every(
      { intervalMs: BEAT_INTERVAL_MS },
      () => (this.#running = this.#round(table)),
      (error) => logger.warn({ error: errorMessage(error) }, 'other Vedettes were not told that this one lives'),
    );
  }

  /** Says good-bye, so that the next one need not wait. */
  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    await this.#running.catch(() => undefined);
    try {
      await this.#table?.delete(this.ownName);
    } catch (error) {
      this.#deps.logger.warn({ error: errorMessage(error) }, 'other Vedettes were not told that this one stops');
    }
  }

  async #round(table: StateTable<Beat>): Promise<void> {
    // Beats wait for a slow database; looking does not wait for them.
    const beat = this.#beat(table);
    try {
      await this.#deps.state.refresh?.();
      const nowMs = this.#deps.clock.monotonicMs();
      this.#listenedMs += Math.min(nowMs - this.#lastLookMs, LISTENED_STEP_MAX_MS);
      this.#lastLookMs = nowMs;
      this.#hear();
      this.#place();
      await this.#forgetGone(table);
    } catch {
      // The shared state says so in the log; nobody is judged by what cannot be heard.
      this.#lastLookMs = this.#deps.clock.monotonicMs();
    }
    await beat;
  }

  async #beat(table: StateTable<Beat>): Promise<void> {
    await table.put(this.ownName, {
      process: this.ownProcess,
      count: ++this.#count,
      atMs: this.#deps.clock.now(),
    });
  }

  #hear(): void {
    const present = new Set<string>();
    for (const [name, beat] of this.#table?.entries() ?? []) {
      if (name === this.ownName) continue;
      present.add(name);
      const before = this.#heard.get(name)?.beat;
      if (before?.process === beat.process && before.count === beat.count) continue;
      this.#heard.set(name, { beat, atListenedMs: this.#listenedMs });
    }
    for (const name of this.#heard.keys()) if (!present.has(name)) this.#heard.delete(name);
  }

  /** Of two with one name, the one that beats later is heard by the other. */
  #checkOwn(beat: Beat | undefined): void {
    if (!beat || beat.process === this.ownProcess || this.#sameNameTold) return;
    this.#sameNameTold = true;
    this.#deps.logger.error(
      { name: this.ownName },
      'another Vedette has the same alerting.high_availability.name: both will notify; give each a name of its own',
    );
  }

  #lives({ atListenedMs }: Heard): boolean {
    return this.#listenedMs - atListenedMs < LEASE_MS;
  }

  #place(): void {
    const living = this.living();
    const position = living.indexOf(this.ownName);
    if (position === this.#position) return;
    this.#position = position;
    this.#deps.logger.info(
      { position, living },
      position === 0 ? 'this Vedette tells alerts first' : 'another Vedette tells alerts first; this one watches',
    );
    for (const hear of this.#listeners) hear(position);
  }

  async #forgetGone(table: StateTable<Beat>): Promise<void> {
    const oldest = this.#deps.clock.now() - FORGET_MS;
    for (const [name, heard] of this.#heard)
      if (!this.#lives(heard) && heard.beat.atMs < oldest) await table.delete(name);
  }
}
