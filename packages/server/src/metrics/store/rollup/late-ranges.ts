/** An hour is the unit in which late samples are remembered across a restart. */
export const HOUR_MS = 3_600_000;

export interface LateRange {
  readonly ref: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Samples were deleted: buckets may have become empty. */
  readonly erased: boolean;
}

/**
 * Samples that came after their bucket was rolled up: the range of each series, widened with every sample. Columns by ref, because a
 * backfill adds a sample at a time.
 */
export class LateRanges {
  /** Infinity where the series has none. */
  #fromMs = new Float64Array(1_024).fill(Infinity);
  #toMs = new Float64Array(1_024).fill(-Infinity);
  /** Monotonic time of the first and of the newest one's arrival. */
  #sinceMs = new Float64Array(1_024);
  #touchedMs = new Float64Array(1_024);
  readonly #refs = new Set<number>();
  /** Those of which samples were deleted. */
  readonly #erased = new Set<number>();
  /** Taken, and not made yet. */
  readonly #making = new Map<number, { readonly fromMs: number; readonly toMs: number }>();

  get size(): number {
    return this.#refs.size;
  }

  add(ref: number, fromMs: number, toMs: number, monotonicMs: number): void {
    if (ref >= this.#fromMs.length) this.#grow(ref);
    if ((this.#fromMs[ref] as number) === Infinity) {
      this.#refs.add(ref);
      this.#sinceMs[ref] = monotonicMs;
    }
    if (fromMs < (this.#fromMs[ref] as number)) this.#fromMs[ref] = fromMs;
    if (toMs > (this.#toMs[ref] as number)) this.#toMs[ref] = toMs;
    this.#touchedMs[ref] = monotonicMs;
  }

  erase(ref: number, fromMs: number, toMs: number, monotonicMs: number): void {
    this.add(ref, fromMs, toMs, monotonicMs);
    this.#erased.add(ref);
  }

  /** True when a late sample of the series may lie in (afterMs, untilMs]. */
  overlaps(ref: number, afterMs: number, untilMs: number): boolean {
    if ((this.#toMs[ref] ?? -Infinity) > afterMs && (this.#fromMs[ref] ?? Infinity) <= untilMs) return true;
    const making = this.#making.get(ref);
    return making !== undefined && making.toMs > afterMs && making.fromMs <= untilMs;
  }

  /** Series that were quiet for `quietMs`, or are waiting for `waitMaxMs` already: a backfill is rolled up once, not with each request. */
  due(monotonicMs: number, quietMs: number, waitMaxMs: number): LateRange[] {
    const found: LateRange[] = [];
    for (const ref of this.#refs) {
      const quiet = monotonicMs - (this.#touchedMs[ref] as number) >= quietMs;
      if (quiet || monotonicMs - (this.#sinceMs[ref] as number) >= waitMaxMs) {
        const erased = this.#erased.has(ref);
        found.push({ ref, fromMs: this.#fromMs[ref] as number, toMs: this.#toMs[ref] as number, erased });
      }
    }
    return found;
  }

  /** Takes the series out, to be put back by `add` when more comes; what is taken still overlaps until it is `made`. */
  take(ref: number): void {
    this.#making.set(ref, { fromMs: this.#fromMs[ref] as number, toMs: this.#toMs[ref] as number });
    this.#refs.delete(ref);
    this.#erased.delete(ref);
    this.#fromMs[ref] = Infinity;
    this.#toMs[ref] = -Infinity;
  }

  /** The buckets of what was taken are made anew, or it was put back. */
  made(ref: number): void {
    this.#making.delete(ref);
  }

  /** Hours that hold a late sample. */
  hours(): Set<number> {
    const hours = new Set<number>();
    for (const ref of this.#refs) {
      const last = Math.floor((this.#toMs[ref] as number) / HOUR_MS);
      for (let hour = Math.floor((this.#fromMs[ref] as number) / HOUR_MS); hour <= last; hour++) hours.add(hour);
    }
    return hours;
  }

  #grow(ref: number): void {
    const length = Math.ceil((ref + 1) * 1.5);
    const grown = (column: Float64Array<ArrayBuffer>, empty: number): Float64Array<ArrayBuffer> => {
      const longer = new Float64Array(length).fill(empty);
      longer.set(column);
      return longer;
    };
    this.#fromMs = grown(this.#fromMs, Infinity);
    this.#toMs = grown(this.#toMs, -Infinity);
    this.#sinceMs = grown(this.#sinceMs, 0);
    this.#touchedMs = grown(this.#touchedMs, 0);
  }
}
