import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from './labels.ts';

/** Samples as columns: row i belongs to series[seriesIndex[i]]. Within one batch a series may have many rows, in any order. */
export interface SampleBatch {
  readonly series: readonly Labels[];
  readonly seriesIndex: Uint32Array;
  /** Whole milliseconds since the epoch. */
  readonly timestampMs: Float64Array;
  /** The stale marker keeps its NaN bit pattern; see stale.ts. */
  readonly value: Float64Array;
  /** Start (created) time of each row's counter, ms; 0 where unknown. */
  readonly startTimestampMs?: Float64Array;
  readonly histograms?: HistogramColumns;
  readonly exemplars?: readonly Exemplar[];
  readonly metadata?: readonly MetricMetadata[];
}

/**
 * Native histogram samples of the same batch: row i belongs to series[seriesIndex[i]]. A histogram series that ended gets the
 * float stale marker, as a float row. In an answer about rows these count on after the float rows.
 */
export interface HistogramColumns {
  readonly seriesIndex: Uint32Array;
  readonly timestampMs: Float64Array;
  readonly startTimestampMs?: Float64Array;
  readonly value: readonly NativeHistogram[];
}

/** One example event behind a sample, usually with the id of its trace. */
export interface Exemplar {
  /** Which of the batch's series. */
  readonly seriesIndex: number;
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
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

/**
 * Caller-owned, growing columns into which stores write one series' samples; reused from series to series. Sample i is a native
 * histogram where `histogram?.[i]` is set (its `value` is then 0), else a float.
 */
export class SampleBuffer {
  timestampMs: Float64Array;
  value: Float64Array;
  /** Undefined while all samples are floats, which is nearly always. Holds `length` entries otherwise. */
  histogram: (NativeHistogram | undefined)[] | undefined;
  /** Start times, 0 where unknown; undefined while none is known. At least `length` entries otherwise. */
  startTimestampMs: Float64Array | undefined;
  length = 0;

  constructor(capacity = 256) {
    this.timestampMs = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.histogram = undefined;
    this.startTimestampMs = undefined;
  }

  clear(): void {
    this.length = 0;
    this.histogram = undefined;
    this.startTimestampMs = undefined;
  }

  /** Makes room for `count` more samples. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.timestampMs.length) return;
    const capacity = Math.max(needed, this.timestampMs.length * 2);
    this.timestampMs = grown(this.timestampMs, this.length, capacity);
    this.value = grown(this.value, this.length, capacity);
    if (this.startTimestampMs) this.startTimestampMs = grown(this.startTimestampMs, this.length, capacity);
  }

  push(timestampMs: number, value: number): void {
    if (this.length === this.timestampMs.length) this.reserve(1);
    this.timestampMs[this.length] = timestampMs;
    this.value[this.length] = value;
    if (this.histogram) this.histogram.push(undefined);
    if (this.startTimestampMs) this.startTimestampMs[this.length] = 0;
    this.length++;
  }

  pushHistogram(timestampMs: number, histogram: NativeHistogram): void {
    this.push(timestampMs, 0);
    this.histogram ??= Array.from<undefined>({ length: this.length });
    this.histogram[this.length - 1] = histogram;
  }

  /** Sets the start time of the sample pushed last. */
  startLast(startTimestampMs: number): void {
    this.startTimestampMs ??= new Float64Array(this.timestampMs.length);
    this.startTimestampMs[this.length - 1] = startTimestampMs;
  }
}

function grown(column: Float64Array, length: number, capacity: number): Float64Array {
  const larger = new Float64Array(capacity);
  larger.set(column.subarray(0, length));
  return larger;
}
