/** Longest that samples are kept back, and how many. */
const SAMPLES_MAX = 64;
const STEP_MS = 10 * 60_000;

/** Values seen while something seemed wrong; once that lasted long enough to be a habit of the place, they are learned after all. */
export class LastingSamples {
  readonly #lastingMs: number;
  #kept: { readonly localMs: number; readonly value: number }[] = [];

  constructor(lastingMs: number) {
    this.#lastingMs = lastingMs;
  }

  /** `forMs`: how long it has been wrong. Calls `learn` for what may be learned now. */
  add(value: number, localMs: number, forMs: number, learn: (value: number, localMs: number) => void): void {
    const newest = this.#kept.at(-1);
    if (newest === undefined || localMs - newest.localMs >= STEP_MS) this.#kept.push({ localMs, value });
    if (this.#kept.length > SAMPLES_MAX) this.#kept.shift();
    if (forMs < this.#lastingMs) return;
    for (const sample of this.#kept) learn(sample.value, sample.localMs);
    this.#kept = [];
  }

  clear(): void {
    this.#kept = [];
  }
}
