/** Key frames that are remembered, and those that must have been different before a repetition means anything. */
const REMEMBERED_MAX = 64;
const DIFFERENT_MIN = 8;

/** Whether a stream shows its key frames once, as a sensor does, or again and again, as a clip does. */
export class KeyFrameVariety {
  readonly #seen = new Set<string>();
  #different = 0;
  #again = false;

  /** The key frames of a probe that are not those of the probe before. */
  add(keys: readonly string[]): void {
    if (keys.length === 0) return;
    if (keys.some((key) => this.#seen.has(key))) this.#again = true;
    this.#different++;
    for (const key of keys) this.#seen.add(key);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= REMEMBERED_MAX) break;
      this.#seen.delete(oldest);
    }
  }

  /** Enough were seen, and none of them came back after another one. */
  get never(): boolean {
    return this.#different >= DIFFERENT_MIN && !this.#again;
  }

  /** One came back after another one. */
  get again(): boolean {
    return this.#again;
  }

  forget(): void {
    this.#seen.clear();
    this.#different = 0;
    this.#again = false;
  }
}
