import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';

/** A query that runs for so long is a long one: it keeps running, in a place of its own kind. */
export const LONG_AFTER_MS = 1_000;

export interface QueryGateOptions {
  /** Queries that run for less than LONG_AFTER_MS, at once. */
  readonly quickMax: number;
  /** Queries that run for longer, at once; further ones stay in the places of quick ones. */
  readonly longMax: number;
  readonly waitingMax: number;
}

interface Running {
  readonly startedMs: number;
  long: boolean;
}

/**
 * Bounds how many queries are evaluated at once, and how many may wait; first come, first served. A query that turns out long gives
 * its place to the next in line, so that heavy panels do not make cheap ones wait.
 */
export class QueryGate {
  readonly #clock: Clock;
  readonly #options: QueryGateOptions;
  /** In the order of their start. */
  readonly #running = new Set<Running>();
  #long = 0;
  readonly #waiting: ((place: Running) => void)[] = [];
  #alarm: Disposable | undefined;

  constructor(clock: Clock, options: QueryGateOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs the work once there is room; it learns how long it waited. Throws QUERY_OVERLOADED when too many wait already. */
  async run<Result>(work: (waitedMs: number) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const askedMs = this.#clock.monotonicMs();
    const place = await this.#enter(signal);
    try {
      return await work(this.#clock.monotonicMs() - askedMs);
    } finally {
      this.#running.delete(place);
      if (place.long) this.#long--;
      this.#admit();
    }
  }

  async #enter(signal: AbortSignal): Promise<Running> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#hasRoom()) return this.#start();
    if (this.#waiting.length >= this.#options.waitingMax) {
      throw new VedetteError(
        'QUERY_OVERLOADED',
        `${this.#running.size} queries are running and ${this.#waiting.length} are waiting; send the query again later`,
        { details: { running: this.#running.size, waitingMax: this.#options.waitingMax } },
      );
    }
    return new Promise<Running>((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(enter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      const enter = (place: Running): void => {
        signal.removeEventListener('abort', leave);
        resolve(place);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
      this.#setAlarm();
    });
  }

  /** True when a quick place is free, after those that have become long made room. */
  #hasRoom(): boolean {
    const before = this.#clock.monotonicMs() - LONG_AFTER_MS;
    for (const place of this.#running) {
      if (this.#long >= this.#options.longMax || place.startedMs > before) break;
      if (place.long) continue;
      place.long = true;
      this.#long++;
    }
    return this.#running.size - this.#long < this.#options.quickMax;
  }

  #start(): Running {
    const place = { startedMs: this.#clock.monotonicMs(), long: false };
    this.#running.add(place);
    return place;
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()?.(this.#start());
    this.#setAlarm();
  }

  /** While some wait: looks again when the oldest quick query becomes a long one. */
  #setAlarm(): void {
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = undefined;
    if (this.#waiting.length === 0 || this.#long >= this.#options.longMax) return;
    const oldest = [...this.#running].find(({ long }) => !long);
    if (!oldest) return;
    const ms = oldest.startedMs + LONG_AFTER_MS - this.#clock.monotonicMs();
    this.#alarm = this.#clock.after(Math.max(1, ms), () => this.#admit());
  }
}
