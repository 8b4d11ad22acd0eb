import type { Clock } from '../base/clock.ts';

/** Processes that can write at the same millisecond without two versions being equal; their product with it is safe until the year 2109. */
const PLACES = 2048;

/**
 * A hybrid clock: versions follow wall time, so that of changes by several processes the later one wins, and they rise above every
 * version seen, so that a process whose clock is behind is not overruled by what it has read and changed. Each process keeps to a place
 * of its own in every millisecond, given by its origin: versions of two are equal only where two of 2,048 places coincide.
 */
export class StateVersions {
  readonly #clock: Clock;
  readonly #place: number;
  #last = 0;

  /** `origin` is hexadecimal. */
  constructor(clock: Clock, origin: string) {
    this.#clock = clock;
    this.#place = Number.parseInt(origin.slice(-8), 16) % PLACES;
  }

  next(): number {
    // Many changes at once run ahead of the clock by a millisecond each; it catches up.
    const tick = Math.max(Math.floor(this.#clock.now()), Math.floor(this.#last / PLACES) + 1);
    this.#last = tick * PLACES + this.#place;
    return this.#last;
  }

  seen(version: number): void {
    if (version > this.#last) this.#last = version;
  }
}
