import type { Labels } from '../model/labels.ts';
import type { SampleBatch } from '../model/sample.ts';
import { writeStale } from '../model/stale.ts';

/** Collects rows for one batch; one series each, all at one time. */
export class SampleRows {
  readonly #atMs: number;
  readonly #series: Labels[] = [];
  readonly #values: (number | 'stale')[] = [];

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  get length(): number {
    return this.#series.length;
  }

  add(labels: Labels, value: number | 'stale'): void {
    this.#series.push(labels);
    this.#values.push(value);
  }

  batch(): SampleBatch {
    const value = new Float64Array(this.#values.length);
    for (const [i, item] of this.#values.entries()) {
      if (item === 'stale') writeStale(value, i);
      else value[i] = item;
    }
    return {
      series: this.#series,
      seriesIndex: Uint32Array.from(this.#series, (_, i) => i),
      timestampMs: new Float64Array(this.#values.length).fill(this.#atMs),
      value,
    };
  }
}
