import type { Clock } from '../../base/clock.ts';
import { turns } from '../../base/turns.ts';

/** Work after which the event loop gets its turn: scraping, rules and cheap queries go on while a large answer is made. */
const TURN_MS = 5;

/** Shares the event loop with others during long work. */
export class Turns {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #startMs: number;
  #usedMs = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#startMs = clock.monotonicMs();
  }

  get due(): boolean {
    return this.#clock.monotonicMs() - this.#startMs >= TURN_MS;
  }

  /** Throws the signal's reason when the work is no longer wanted. */
  async next(): Promise<void> {
    this.#usedMs += this.#clock.monotonicMs() - this.#startMs;
    await turns.next(this.#usedMs);
    this.#signal.throwIfAborted();
    this.#startMs = this.#clock.monotonicMs();
  }
}
