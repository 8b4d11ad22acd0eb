import type { Clock } from '../../../base/clock.ts';
import { VedetteError } from '../../../base/errors.ts';
import { turns } from '../../../base/turns.ts';

/**
 * CPU time after which a query lets the event loop run: scrapes, rules and cheap queries wait for one such turn while heavy panels
 * compute. Ending a turn costs some 20 µs.
 */
const TURN_MS = 5;
/** Work between two looks at the clock, in rows: a row is a series over all steps, which seldom takes a millisecond. */
const ROWS_PER_LOOK = 1;

/** What one query may use: samples, time, and turns of the event loop. */
export class Budget {
  readonly signal: AbortSignal;
  readonly samplesMax: number;
  readonly #clock: Clock;
  #turnStartMs: number;
  #usedMs = 0;
  #rows = 0;
  #samples = 0;

  constructor(clock: Clock, signal: AbortSignal, samplesMax: number) {
    this.#clock = clock;
    this.signal = signal;
    this.samplesMax = samplesMax;
    this.#turnStartMs = clock.monotonicMs();
  }

  get samples(): number {
    return this.#samples;
  }

  /** How many samples may still be read. */
  get samplesLeft(): number {
    return Math.max(0, this.samplesMax - this.#samples);
  }

  /** Counts samples read or held. Throws QUERY_TOO_LARGE. */
  take(samples: number): void {
    this.#samples += samples;
    if (this.#samples > this.samplesMax) {
      throw new VedetteError(
        'QUERY_TOO_LARGE',
        `query processing would load too many samples into memory in query execution: more than ${this.samplesMax}; select fewer series, a shorter range, or a larger step`,
        { details: { samplesMax: this.samplesMax } },
      );
    }
  }

  /** True when it is time for `turn`; call once per row; `rows` weighs work that is less than a row. */
  due(rows = 1): boolean {
    this.#rows += rows;
    if (this.#rows < ROWS_PER_LOOK) return false;
    this.#rows = 0;
    return this.#clock.monotonicMs() - this.#turnStartMs >= TURN_MS;
  }

  /** Lets the event loop run, then throws when the query was cancelled or ran out of time. */
  async turn(): Promise<void> {
    this.#usedMs += this.#clock.monotonicMs() - this.#turnStartMs;
    await turns.next(this.#usedMs);
    this.signal.throwIfAborted();
    this.#turnStartMs = this.#clock.monotonicMs();
  }
}
