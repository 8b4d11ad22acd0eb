import type { SampleBuffer } from '../../../model/sample.ts';
import { isStale } from '../../../model/stale.ts';

/**
 * Rows of a rollup as columns; row i tells of the samples of series `id` in the bucket (endMs - resolutionMs, endMs], left open as PromQL's
 * windows are. Stale markers count nowhere but in `endsStale`. `changes`, `resets` and `correction` are those between samples of the
 * bucket; what happens from one bucket to the next follows from `last` and `first`.
 */
export interface BucketRows {
  readonly length: number;
  readonly id: Float64Array;
  readonly endMs: Float64Array;
  readonly count: Uint32Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** Sum of the values before each counter reset: what must be added to `last - first` to get the counter's increase. */
  readonly correction: Float64Array;
  readonly changes: Uint32Array;
  readonly resets: Uint32Array;
  /** 1 when the newest sample is a stale marker. With `count` 0 and this 0, the bucket is empty. */
  readonly endsStale: Uint8Array;
}

const FLOAT_COLUMNS = ['id', 'endMs', 'sum', 'min', 'max', 'firstMs', 'lastMs', 'first', 'last', 'correction'] as const;
const WHOLE_COLUMNS = ['count', 'changes', 'resets'] as const;

/** Collects rows of many series, in the order they are added. */
export class BucketRowsBuilder implements BucketRows {
  length = 0;
  id: Float64Array;
  endMs: Float64Array;
  count: Uint32Array;
  sum: Float64Array;
  min: Float64Array;
  max: Float64Array;
  firstMs: Float64Array;
  lastMs: Float64Array;
  first: Float64Array;
  last: Float64Array;
  correction: Float64Array;
  changes: Uint32Array;
  resets: Uint32Array;
  endsStale: Uint8Array;

  constructor(capacity = 1_024) {
    this.id = new Float64Array(capacity);
    this.endMs = new Float64Array(capacity);
    this.count = new Uint32Array(capacity);
    this.sum = new Float64Array(capacity);
    this.min = new Float64Array(capacity);
    this.max = new Float64Array(capacity);
    this.firstMs = new Float64Array(capacity);
    this.lastMs = new Float64Array(capacity);
    this.first = new Float64Array(capacity);
    this.last = new Float64Array(capacity);
    this.correction = new Float64Array(capacity);
    this.changes = new Uint32Array(capacity);
    this.resets = new Uint32Array(capacity);
    this.endsStale = new Uint8Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /**
   * Adds the buckets of one series that have samples; samples ascend. With `whole`, also rows without samples for the other buckets of
   * (afterMs, untilMs], which take the place of rows whose samples were deleted.
   */
  add(
    id: number,
    samples: SampleBuffer,
    resolutionMs: number,
    whole?: { readonly afterMs: number; readonly untilMs: number },
  ): void {
    const { timestampMs } = samples;
    let emptyMs = whole ? (Math.floor(whole.afterMs / resolutionMs) + 1) * resolutionMs : Infinity;
    let at = 0;
    while (at < samples.length) {
      const endMs = Math.ceil((timestampMs[at] as number) / resolutionMs) * resolutionMs;
      for (; emptyMs < endMs; emptyMs += resolutionMs) this.#bucket(id, emptyMs, samples, 0, 0);
      let to = at + 1;
      while (to < samples.length && (timestampMs[to] as number) <= endMs) to++;
      this.#bucket(id, endMs, samples, at, to);
      emptyMs += resolutionMs;
      at = to;
    }
    const untilMs = whole?.untilMs ?? -Infinity;
    for (; emptyMs <= untilMs; emptyMs += resolutionMs) this.#bucket(id, emptyMs, samples, 0, 0);
  }

  /** Adds rows [from, to) of others; columns that are empty there are left as they are. */
  copy(rows: BucketRows, from: number, to: number): void {
    while (this.length + to - from > this.id.length) this.#grow();
    for (const name of FLOAT_COLUMNS)
      if (rows[name].length > 0) this[name].set(rows[name].subarray(from, to), this.length);
    for (const name of WHOLE_COLUMNS)
      if (rows[name].length > 0) this[name].set(rows[name].subarray(from, to), this.length);
    this.endsStale.set(rows.endsStale.subarray(from, to), this.length);
    this.length += to - from;
  }

  #bucket(id: number, endMs: number, samples: SampleBuffer, from: number, to: number): void {
    if (this.length === this.id.length) this.#grow();
    const row = this.length++;
    const { timestampMs, value } = samples;
    let count = 0;
    let sum = 0;
    let lost = 0;
    let min = Number.NaN;
    let max = Number.NaN;
    let first = 0;
    let last = 0;
    let firstMs = endMs;
    let lastMs = endMs;
    let correction = 0;
    let changes = 0;
    let resets = 0;
    let stale = false;
    for (let i = from; i < to; i++) {
      const x = value[i] as number;
      stale = isStale(x);
      if (stale) continue;
      if (count === 0) {
        first = x;
        firstMs = timestampMs[i] as number;
      } else {
        if (x < last) {
          resets++;
          correction += last;
        }
        if (x !== last && !(Number.isNaN(x) && Number.isNaN(last))) changes++;
      }
      last = x;
      lastMs = timestampMs[i] as number;
      count++;
      const next = sum + x;
      if (next === Infinity || next === -Infinity) lost = 0;
      else lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
      sum = next;
      if (!(x >= min) && !Number.isNaN(x)) min = x;
      if (!(x <= max) && !Number.isNaN(x)) max = x;
    }
    this.id[row] = id;
    this.endMs[row] = endMs;
    this.count[row] = count;
    this.sum[row] = Number.isFinite(sum) ? sum + lost : sum;
    this.min[row] = min;
    this.max[row] = max;
    this.firstMs[row] = firstMs;
    this.lastMs[row] = lastMs;
    this.first[row] = first;
    this.last[row] = last;
    this.correction[row] = correction;
    this.changes[row] = changes;
    this.resets[row] = resets;
    this.endsStale[row] = stale ? 1 : 0;
  }

  #grow(): void {
    const capacity = this.id.length * 2;
    for (const name of FLOAT_COLUMNS) {
      const larger = new Float64Array(capacity);
      larger.set(this[name]);
      this[name] = larger;
    }
    for (const name of WHOLE_COLUMNS) {
      const larger = new Uint32Array(capacity);
      larger.set(this[name]);
      this[name] = larger;
    }
    const larger = new Uint8Array(capacity);
    larger.set(this.endsStale);
    this.endsStale = larger;
  }
}
