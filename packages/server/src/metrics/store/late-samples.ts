import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import { SampleBuffer } from '../../model/sample.ts';

/** Rows kept while held; at 28 bytes a row, 112 MB. Whoever holds must check that it still does. */
const HELD_ROWS_MAX = 4_000_000;

/**
 * Accepted samples that the hot window does not take and that are not durable yet: until the table can give them, queries
 * find them here. Rows stand in the order of their writes. At most the table's queue fills it, except while it is held.
 */
export class LateSamples {
  #ref = new Uint32Array(256);
  #timestampMs = new Float64Array(256);
  #value = new Float64Array(256);
  #bits = new Uint32Array(this.#value.buffer);
  #writeNumber = new Float64Array(256);
  #start = 0;
  #end = 0;
  #held = false;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Until `letGo`, nothing is released: the hot window is being filled from the table and needs what comes in meanwhile. */
  hold(): void {
    this.#held = true;
  }

  letGo(): void {
    this.#held = false;
  }

  /** False also when the rows became too many to hold. */
  get held(): boolean {
    return this.#held;
  }

  add(ref: number, timestampMs: number, low: number, high: number, writeNumber: number): void {
    if (this.#end === this.#ref.length) this.#makeRoom();
    const at = this.#end++;
    this.#ref[at] = ref;
    this.#timestampMs[at] = timestampMs;
    this.#bits[2 * at + LOW_WORD] = low;
    this.#bits[2 * at + HIGH_WORD] = high;
    this.#writeNumber[at] = writeNumber;
  }

  /** Forgets rows whose write number the table has made durable. */
  release(durableWrite: number): void {
    if (this.length > HELD_ROWS_MAX) this.#held = false;
    if (this.#held) return;
    while (this.#start < this.#end && (this.#writeNumber[this.#start] as number) <= durableWrite) this.#start++;
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  /** The rows of some series, each series' ordered by time with the last written of equal timestamps. */
  collect(wanted: (ref: number) => boolean, fromMs: number, toMs: number): Map<number, SampleBuffer> {
    const rows = new Map<number, number[]>();
    for (let at = this.#start; at < this.#end; at++) {
      const timestampMs = this.#timestampMs[at] as number;
      const ref = this.#ref[at] as number;
      if (timestampMs < fromMs || timestampMs > toMs || !wanted(ref)) continue;
      const own = rows.get(ref);
      if (own) own.push(at);
      else rows.set(ref, [at]);
    }
    const found = new Map<number, SampleBuffer>();
    for (const [ref, own] of rows) found.set(ref, this.#inOrder(own));
    return found;
  }

  /** Rows in ascending time; of equal times the last row. Sorted once, because a backfill may come in any order. */
  #inOrder(rows: number[]): SampleBuffer {
    const times = this.#timestampMs;
    rows.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    const samples = new SampleBuffer(rows.length);
    const bits = new Uint32Array(samples.value.buffer);
    for (const row of rows) {
      const timestampMs = times[row] as number;
      const repeats = samples.length > 0 && samples.timestampMs[samples.length - 1] === timestampMs;
      const at = repeats ? samples.length - 1 : samples.length++;
      samples.timestampMs[at] = timestampMs;
      bits[2 * at + LOW_WORD] = this.#bits[2 * row + LOW_WORD] as number;
      bits[2 * at + HIGH_WORD] = this.#bits[2 * row + HIGH_WORD] as number;
    }
    return samples;
  }

  /** Forgets the samples of a series in [fromMs, toMs]. */
  erase(ref: number, fromMs: number, toMs: number): void {
    for (let at = this.#start; at < this.#end; at++) {
      const timestampMs = this.#timestampMs[at] as number;
      // No series has the ref 0.
      if (this.#ref[at] === ref && timestampMs >= fromMs && timestampMs <= toMs) this.#ref[at] = 0;
    }
  }

  /** Calls back for each row of the wanted series at or after `fromMs`, in the order of writing. */
  forEach(
    wanted: (ref: number) => boolean,
    fromMs: number,
    take: (ref: number, timestampMs: number, values: Float64Array, bits: Uint32Array, row: number) => void,
  ): void {
    for (let at = this.#start; at < this.#end; at++) {
      const ref = this.#ref[at] as number;
      const timestampMs = this.#timestampMs[at] as number;
      if (timestampMs >= fromMs && wanted(ref)) take(ref, timestampMs, this.#value, this.#bits, at);
    }
  }

  #makeRoom(): void {
    const length = this.length;
    const capacity = length * 2 > this.#ref.length ? this.#ref.length * 2 : this.#ref.length;
    const ref = new Uint32Array(capacity);
    const timestampMs = new Float64Array(capacity);
    const value = new Float64Array(capacity);
    const writeNumber = new Float64Array(capacity);
    ref.set(this.#ref.subarray(this.#start, this.#end));
    timestampMs.set(this.#timestampMs.subarray(this.#start, this.#end));
    value.set(this.#value.subarray(this.#start, this.#end));
    writeNumber.set(this.#writeNumber.subarray(this.#start, this.#end));
    this.#ref = ref;
    this.#timestampMs = timestampMs;
    this.#value = value;
    this.#bits = new Uint32Array(value.buffer);
    this.#writeNumber = writeNumber;
    this.#start = 0;
    this.#end = length;
  }
}
