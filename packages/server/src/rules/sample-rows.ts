import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../model/labels.ts';
import type { SampleBatch } from '../model/sample.ts';
import { writeStale } from '../model/stale.ts';

/** Collects rows for one batch; one series each, all at one time. */
export class SampleRows {
  readonly #atMs: number;
  readonly #series: Labels[] = [];
  readonly #floats: { readonly series: number; readonly value: number | 'stale' }[] = [];
  readonly #histograms: { readonly series: number; readonly value: NativeHistogram }[] = [];

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  get length(): number {
    return this.#series.length;
  }

  add(labels: Labels, value: number | 'stale' | NativeHistogram): void {
    const series = this.#series.push(labels) - 1;
    if (typeof value === 'object') this.#histograms.push({ series, value });
    else this.#floats.push({ series, value });
  }

  batch(): SampleBatch {
    const value = new Float64Array(this.#floats.length);
    for (const [i, row] of this.#floats.entries()) {
      if (row.value === 'stale') writeStale(value, i);
      else value[i] = row.value;
    }
    const floats = {
      series: this.#series,
      seriesIndex: Uint32Array.from(this.#floats, ({ series }) => series),
      timestampMs: new Float64Array(value.length).fill(this.#atMs),
      value,
    };
    if (this.#histograms.length === 0) return floats;
    return {
      ...floats,
      histograms: {
        seriesIndex: Uint32Array.from(this.#histograms, ({ series }) => series),
        timestampMs: new Float64Array(this.#histograms.length).fill(this.#atMs),
        value: this.#histograms.map((row) => row.value),
      },
    };
  }
}
