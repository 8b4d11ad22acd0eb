import type { Labels } from './labels.ts';

/** Samples as columns: row i belongs to series[seriesIndex[i]]. Within one batch a series may have many rows, in any order. */
export interface SampleBatch {
  readonly series: readonly Labels[];
  readonly seriesIndex: Uint32Array;
  /** Whole milliseconds since the epoch. */
  readonly timestampMs: Float64Array;
  /** The stale marker keeps its NaN bit pattern; see stale.ts. */
  readonly value: Float64Array;
  readonly metadata?: readonly MetricMetadata[];
}

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

export interface MetricMetadata {
  /** Metric family name, as declared by TYPE or HELP. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

/** A caller-owned, growing pair of columns into which stores write one series' samples; reused from series to series. */
export class SampleBuffer {
  timestampMs: Float64Array;
  value: Float64Array;
  length = 0;

  constructor(capacity = 256) {
    this.timestampMs = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `count` more samples. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.timestampMs.length) return;
    const capacity = Math.max(needed, this.timestampMs.length * 2);
    const timestampMs = new Float64Array(capacity);
    const value = new Float64Array(capacity);
    timestampMs.set(this.timestampMs.subarray(0, this.length));
    value.set(this.value.subarray(0, this.length));
    this.timestampMs = timestampMs;
    this.value = value;
  }

  push(timestampMs: number, value: number): void {
    if (this.length === this.timestampMs.length) this.reserve(1);
    this.timestampMs[this.length] = timestampMs;
    this.value[this.length] = value;
    this.length++;
  }
}
