import type { Clock } from '../../base/clock.ts';
import { turns } from '../../base/turns.ts';
import { type Cardinality, cardinalityWalk } from './cardinality.ts';
import type { LabelIndex } from './label-index.ts';

/** A walk holds the event loop for no longer than this at a time. */
const TURN_MS_MAX = 5;
/** An answer is given again for so many times as long as its walk took: however often it is asked for, 5 % of a core at most. */
const REUSED_WALKS = 20;

/** Answers what the series come from, without a long turn and without walking the index for each who asks. */
export class CardinalityReader {
  readonly #index: Pick<LabelIndex, 'size' | 'counts'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #last: { readonly top: number; readonly cardinality: Promise<Cardinality> } | undefined;
  /** Infinity while the last walk is under way. */
  #reusedUntilMs = 0;

  constructor(index: Pick<LabelIndex, 'size' | 'counts'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#index = index;
    this.#clock = clock;
  }

  read(top: number): Promise<Cardinality> {
    if (this.#last?.top === top && this.#clock.monotonicMs() < this.#reusedUntilMs) return this.#last.cardinality;
    this.#reusedUntilMs = Infinity;
    this.#last = { top, cardinality: this.#walk(top) };
    return this.#last.cardinality;
  }

  async #walk(top: number): Promise<Cardinality> {
    const walk = cardinalityWalk(this.#index.size, this.#index.counts(), top);
    let usedMs = 0;
    for (;;) {
      const startedMs = this.#clock.monotonicMs();
      let step = walk.next();
      while (!step.done && this.#clock.monotonicMs() - startedMs < TURN_MS_MAX) step = walk.next();
      const nowMs = this.#clock.monotonicMs();
      usedMs += nowMs - startedMs;
      if (step.done) {
        this.#reusedUntilMs = nowMs + REUSED_WALKS * usedMs;
        return step.value;
      }
      await turns.next(usedMs);
    }
  }
}
