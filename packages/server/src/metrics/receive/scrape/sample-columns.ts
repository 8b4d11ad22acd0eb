import { Labels } from '../../../model/labels.ts';
import type { MetricMetadata, SampleBatch } from '../../../model/sample.ts';
import { writeStale } from '../../../model/stale.ts';

const CAPACITY_FIRST = 1_024;

/** Collects the rows of one batch. Parsing is synchronous, so one instance serves every target in turn. */
export class SampleColumns {
  #series: Labels[] = [];
  #timestampMs = new Float64Array(CAPACITY_FIRST);
  #value = new Float64Array(CAPACITY_FIRST);
  #stale: number[] = [];

  get length(): number {
    return this.#series.length;
  }

  /** Forgets the rows after the first `length`. */
  truncate(length: number): void {
    this.#series.length = length;
    while (this.#stale.length > 0 && (this.#stale[this.#stale.length - 1] as number) >= length) this.#stale.pop();
  }

  push(labels: Labels, timestampMs: number, value: number): void {
    const row = this.#series.length;
    if (row === this.#value.length) this.#grow();
    this.#series.push(labels);
    this.#timestampMs[row] = timestampMs;
    this.#value[row] = value;
  }

  pushStale(labels: Labels, timestampMs: number): void {
    this.#stale.push(this.#series.length);
    this.push(labels, timestampMs, 0);
  }

  /** The rows as a batch of its own memory; the collection is empty afterwards. */
  take(metadata?: readonly MetricMetadata[]): SampleBatch {
    const series = this.#series;
    const length = series.length;
    const value = this.#value.slice(0, length);
    for (const row of this.#stale) writeStale(value, row);
    this.#series = [];
    this.#stale = [];
    return {
      series,
      seriesIndex: ascending(length),
      timestampMs: this.#timestampMs.slice(0, length),
      value,
      ...(metadata && { metadata }),
    };
  }

  #grow(): void {
    const timestampMs = new Float64Array(this.#timestampMs.length * 2);
    timestampMs.set(this.#timestampMs);
    const value = new Float64Array(this.#value.length * 2);
    value.set(this.#value);
    this.#timestampMs = timestampMs;
    this.#value = value;
  }
}

let counted = new Uint32Array(0);

/** 0, 1, 2, …: every row has its own series. Shared between batches, which nobody writes to. */
function ascending(length: number): Uint32Array {
  if (counted.length < length)
    counted = Uint32Array.from({ length: Math.max(length, CAPACITY_FIRST, counted.length * 2) }, (_, i) => i);
  return counted.subarray(0, length);
}
