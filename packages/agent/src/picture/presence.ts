import type { PictureFinding, PictureProblem } from '../camera/picture.ts';

/** When an impression becomes a finding, and when it is one no more. */
export interface Hysteresis {
  /** Observations in a row, at least two. */
  readonly onset: number;
  /** From the first of them to the last, milliseconds. */
  readonly onsetMs: number;
  readonly clear: number;
  readonly clearMs: number;
}

/** One impression of one problem: what was measured, against what; `bad` undefined: this observation cannot say. */
export interface Impression {
  readonly bad: boolean | undefined;
  readonly value: number;
  readonly baseline: number;
}

export interface PresenceState {
  readonly present: boolean;
  readonly sinceMs: number;
  readonly value: number;
  readonly baseline: number;
}

/** One problem of one camera, seen by one source; never present or gone by a single observation. */
export class Presence {
  readonly #problem: PictureProblem;
  readonly #source: PictureFinding['source'];
  readonly #hysteresis: Hysteresis;
  #present = false;
  /** Of observations that speak against the present state. */
  #count = 0;
  #firstMs = 0;
  #sinceMs = 0;
  #value = 0;
  #baseline = 0;

  constructor(problem: PictureProblem, source: PictureFinding['source'], hysteresis: Hysteresis) {
    this.#problem = problem;
    this.#source = source;
    this.#hysteresis = hysteresis;
  }

  get present(): boolean {
    return this.#present;
  }

  /** Present, or on the way to it: such observations are no part of what is usual. */
  get suspected(): boolean {
    return this.#present || this.#count > 0;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  observe(impression: Impression, atMs: number): void {
    const { bad, value, baseline } = impression;
    if (bad === undefined) return;
    if (bad) {
      this.#value = value;
      this.#baseline = baseline;
    }
    if (bad === this.#present) {
      this.#count = 0;
      return;
    }
    if (this.#count === 0) this.#firstMs = atMs;
    this.#count++;
    const { onset, onsetMs, clear, clearMs } = this.#hysteresis;
    const [needed, neededMs] = bad ? [onset, onsetMs] : [clear, clearMs];
    if (this.#count < needed || atMs - this.#firstMs < neededMs) return;
    this.#present = bad;
    this.#sinceMs = this.#firstMs;
    this.#count = 0;
  }

  /** As if it had never been. */
  forget(): void {
    this.#present = false;
    this.#count = 0;
  }

  finding(): PictureFinding | undefined {
    if (!this.#present) return undefined;
    return {
      problem: this.#problem,
      source: this.#source,
      value: this.#value,
      baseline: this.#baseline,
      sinceMs: this.#sinceMs,
    };
  }

  state(): PresenceState {
    return { present: this.#present, sinceMs: this.#sinceMs, value: this.#value, baseline: this.#baseline };
  }

  restore(state: unknown): void {
    if (typeof state !== 'object' || state === null) return;
    const { present, sinceMs, value, baseline } = state as Partial<Record<keyof PresenceState, unknown>>;
    if (typeof present !== 'boolean' || ![sinceMs, value, baseline].every(Number.isFinite)) return;
    this.#present = present;
    this.#sinceMs = sinceMs as number;
    this.#value = value as number;
    this.#baseline = baseline as number;
  }
}
