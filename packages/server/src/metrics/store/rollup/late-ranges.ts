/** An hour is the unit in which late samples are remembered across a restart. */
export const HOUR_MS = 3_600_000;

export interface LateRange {
  fromMs: number;
  toMs: number;
  /** Monotonic time of the first and the newest of its samples' arrival. */
  readonly sinceMs: number;
  touchedMs: number;
}

/** Samples that came after their bucket was rolled up: the range of each series, widened with every sample. */
export class LateRanges {
  readonly #ranges = new Map<number, LateRange>();

  get size(): number {
    return this.#ranges.size;
  }

  add(ref: number, fromMs: number, toMs: number, monotonicMs: number): void {
    const known = this.#ranges.get(ref);
    if (!known) {
      this.#ranges.set(ref, { fromMs, toMs, sinceMs: monotonicMs, touchedMs: monotonicMs });
      return;
    }
    if (fromMs < known.fromMs) known.fromMs = fromMs;
    if (toMs > known.toMs) known.toMs = toMs;
    known.touchedMs = monotonicMs;
  }

  /** True when a late sample of the series may lie in (afterMs, untilMs]. */
  overlaps(ref: number, afterMs: number, untilMs: number): boolean {
    const range = this.#ranges.get(ref);
    return range !== undefined && range.toMs > afterMs && range.fromMs <= untilMs;
  }

  /** Series that were quiet for `quietMs`, or are waiting for `waitMaxMs` already: a backfill is rolled up once, not with each request. */
  due(monotonicMs: number, quietMs: number, waitMaxMs: number): [ref: number, range: LateRange][] {
    return [...this.#ranges].filter(
      ([, { sinceMs, touchedMs }]) => monotonicMs - touchedMs >= quietMs || monotonicMs - sinceMs >= waitMaxMs,
    );
  }

  /** Takes the series out, to be put back by `add` when more comes. */
  take(ref: number): void {
    this.#ranges.delete(ref);
  }

  /** Hours that hold a late sample. */
  hours(): Set<number> {
    const hours = new Set<number>();
    for (const { fromMs, toMs } of this.#ranges.values())
      for (let hour = Math.floor(fromMs / HOUR_MS); hour <= Math.floor(toMs / HOUR_MS); hour++) hours.add(hour);
    return hours;
  }
}
