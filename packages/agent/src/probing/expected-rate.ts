/** A day of full probes, one in ten minutes: a fault that lasts less than half of it does not become what is expected. */
const KEPT_MAX = 144;
/** A rate below this share of the usual one is trouble … */
const LOW_SHARE = 0.7;
/** … unless it stays: half a day of full probes, or some hours of the more frequent ones that trouble brings. */
const LOW_IN_A_ROW_MAX = 72;
/** Fewer say too little. */
const KEPT_MIN = 3;

/** What a camera usually delivers: the median of what full probes measured, learned anew after its settings changed. */
export class ExpectedRate {
  #values = new Float32Array(0);
  #next = 0;
  #count = 0;
  #lowInARow = 0;
  #median: number | undefined;

  /** Frames a second; undefined while too few were measured. */
  get framesPerSecond(): number | undefined {
    return this.#median;
  }

  observe(framesPerSecond: number): void {
    if (this.#median !== undefined && framesPerSecond < LOW_SHARE * this.#median) {
      // Trouble is not what is usual, however often it is measured; what lasts this long is.
      if (++this.#lowInARow < LOW_IN_A_ROW_MAX) return;
      this.forget();
    }
    this.#lowInARow = 0;
    this.#keep(framesPerSecond);
  }

  #keep(framesPerSecond: number): void {
    if (this.#values.length < KEPT_MAX && this.#count === this.#values.length) this.#grow();
    this.#values[this.#next] = framesPerSecond;
    this.#next = (this.#next + 1) % KEPT_MAX;
    this.#count = Math.min(this.#count + 1, KEPT_MAX);
    if (this.#count < KEPT_MIN) return;
    const sorted = this.#values.slice(0, this.#count).sort();
    const middle = this.#count >> 1;
    const upper = sorted[middle] as number;
    const median = this.#count % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
    // Measured over seconds, a hundredth is all that is known.
    this.#median = Math.round(median * 100) / 100;
  }

  forget(): void {
    this.#values = new Float32Array(0);
    this.#next = 0;
    this.#count = 0;
    this.#lowInARow = 0;
    this.#median = undefined;
  }

  /** For JSON: the values, oldest first; at most KEPT_MAX. */
  state(): readonly number[] {
    const from = this.#count < KEPT_MAX ? 0 : this.#next;
    return Array.from({ length: this.#count }, (_, i) => {
      const value = this.#values[(from + i) % KEPT_MAX] as number;
      return Math.round(value * 100) / 100;
    });
  }

  /** Takes what `state` gave; whatever in it does not fit is left out. */
  restore(state: unknown): void {
    if (!Array.isArray(state)) return;
    this.forget();
    for (const value of state.slice(-KEPT_MAX))
      if (Number.isFinite(value) && (value as number) > 0) this.#keep(value as number);
  }

  #grow(): void {
    const grown = new Float32Array(Math.min(KEPT_MAX, Math.max(8, this.#values.length * 2)));
    grown.set(this.#values);
    this.#values = grown;
  }
}
