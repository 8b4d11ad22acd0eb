import type { Clock } from '../base/clock.ts';
import { TIME_MS_MAX, WORK_MAX } from './limits.ts';

/** Of a real clock: how long a run took. Without one only the work is counted. */
export type WorkClock = Pick<Clock, 'monotonicMs'>;

/** Work between two looks at the clock. */
const LOOK_EVERY = 250_000;

/**
 * What one template may cost, however it is written: steps are few, but each may be a search through a long text. A unit of
 * work is about 10 ns. The same template on the same data always costs the same; the clock is the net below that.
 */
export class Work {
  readonly #clock: WorkClock | undefined;
  #deadlineMs: number;
  #spent = 0;
  #nextLook = LOOK_EVERY;

  constructor(clock?: WorkClock) {
    this.#clock = clock;
    this.#deadlineMs = Infinity;
    this.restart();
  }

  /** Begins to measure time anew, after a wait that was not the template's own. What was spent stays spent. */
  restart(): void {
    if (this.#clock) this.#deadlineMs = this.#clock.monotonicMs() + TIME_MS_MAX;
  }

  /** Throws an Error once the template has cost too much; the evaluator adds the position. Called before the work is done. */
  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > WORK_MAX)
      throw new Error('too much work for one template; use shorter texts or fewer searches in them');
    if (this.#clock === undefined || this.#spent < this.#nextLook) return;
    this.#nextLook = this.#spent + LOOK_EVERY;
    if (this.#clock.monotonicMs() > this.#deadlineMs)
      throw new Error(`the template ran longer than ${TIME_MS_MAX} ms; use shorter texts or fewer steps`);
  }
}
