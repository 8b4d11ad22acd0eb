const BUCKET_MS = 60_000;
/** Minutes that are kept apart, a power of two: almost three days. */
const BUCKETS = 4_096;

/**
 * Which minutes of sample time were written to or deleted from since when, for those who keep results. Bounded: what it can no longer
 * tell apart counts as changed with the last change among it.
 */
export class ChangeLog {
  #mark = 0;
  /** By minute modulo BUCKETS: which minute the slot is about, and the mark of its last change. */
  readonly #minute = new Float64Array(BUCKETS).fill(Number.NaN);
  readonly #changed = new Float64Array(BUCKETS);
  /** The last change of any minute without a slot. */
  #elsewhere = 0;
  /** The last change of everything. */
  #everywhere = 0;

  /** Later changes have a higher mark. */
  mark(): number {
    return this.#mark;
  }

  /** Samples between the two times changed, both included; they may be infinite. */
  touch(fromMs: number, toMs: number): void {
    const mark = ++this.#mark;
    const first = Math.floor(fromMs / BUCKET_MS);
    const last = Math.floor(toMs / BUCKET_MS);
    if (!(last - first < BUCKETS)) {
      this.#everywhere = mark;
      return;
    }
    for (let minute = first; minute <= last; minute++) {
      const slot = slotOf(minute);
      if (this.#minute[slot] !== minute) {
        this.#elsewhere = Math.max(this.#elsewhere, this.#changed[slot] as number);
        this.#minute[slot] = minute;
      }
      this.#changed[slot] = mark;
    }
  }

  /** The earliest time of [fromMs, toMs] whose samples may have changed after the mark; Infinity when none did. */
  firstChange(mark: number, fromMs: number, toMs: number): number {
    if (mark === this.#mark || fromMs > toMs) return Infinity;
    if (this.#everywhere > mark) return fromMs;
    const first = Math.floor(fromMs / BUCKET_MS);
    const last = Math.floor(toMs / BUCKET_MS);
    if (last - first >= BUCKETS) return this.#elsewhere > mark ? fromMs : this.#firstOfAll(mark, first, last, fromMs);
    for (let minute = first; minute <= last; minute++) {
      const slot = slotOf(minute);
      const changed = this.#minute[slot] === minute ? (this.#changed[slot] as number) : this.#elsewhere;
      if (changed > mark) return Math.max(fromMs, minute * BUCKET_MS);
    }
    return Infinity;
  }

  #firstOfAll(mark: number, first: number, last: number, fromMs: number): number {
    let earliest = Infinity;
    for (let slot = 0; slot < BUCKETS; slot++) {
      const minute = this.#minute[slot] as number;
      if ((this.#changed[slot] as number) > mark && minute >= first && minute <= last)
        earliest = Math.min(earliest, minute);
    }
    return earliest === Infinity ? Infinity : Math.max(fromMs, earliest * BUCKET_MS);
  }
}

/** Minutes before 1970 are negative. */
function slotOf(minute: number): number {
  return ((minute % BUCKETS) + BUCKETS) % BUCKETS;
}
