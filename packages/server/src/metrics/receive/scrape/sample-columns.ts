import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../../../model/labels.ts';
import type { Exemplar, HistogramColumns, MetricMetadata, SampleBatch } from '../../../model/sample.ts';
import { writeStale } from '../../../model/stale.ts';

const CAPACITY_FIRST = 1_024;

interface HistogramRow {
  readonly labels: Labels;
  readonly timestampMs: number;
  startTimestampMs: number;
  readonly value: NativeHistogram;
}

interface ExemplarRow extends Omit<Exemplar, 'seriesIndex'> {
  readonly row: number;
  /** Whether `row` counts histograms. */
  readonly ofHistogram: boolean;
}

/** How far the columns are filled. */
export interface ColumnsMark {
  readonly rows: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** Collects the rows of one batch. Reading a page is synchronous, so one instance serves all targets but those with long pages. */
export class SampleColumns {
  #series: Labels[] = [];
  #timestampMs = new Float64Array(CAPACITY_FIRST);
  #value = new Float64Array(CAPACITY_FIRST);
  #stale: number[] = [];
  /** Start times by row; most batches have none. */
  #startMs: number[] | undefined;
  #histograms: HistogramRow[] = [];
  #exemplars: ExemplarRow[] = [];

  get length(): number {
    return this.#series.length;
  }

  get mark(): ColumnsMark {
    return { rows: this.#series.length, histograms: this.#histograms.length, exemplars: this.#exemplars.length };
  }

  /** Forgets what came after the mark. */
  truncate(mark: ColumnsMark): void {
    this.#series.length = mark.rows;
    if (this.#startMs && this.#startMs.length > mark.rows) this.#startMs.length = mark.rows;
    while (this.#stale.length > 0 && (this.#stale[this.#stale.length - 1] as number) >= mark.rows) this.#stale.pop();
    this.#histograms.length = mark.histograms;
    this.#exemplars.length = mark.exemplars;
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

  pushHistogram(labels: Labels, timestampMs: number, value: NativeHistogram, startTimestampMs: number): void {
    this.#histograms.push({ labels, timestampMs, startTimestampMs, value });
  }

  /** Says since when the float row counts. */
  startRow(row: number, startTimestampMs: number): void {
    const starts = (this.#startMs ??= []);
    while (starts.length < row) starts.push(0);
    starts[row] = startTimestampMs;
  }

  /** Says since when all rows and histograms after the mark count. */
  startSince(mark: ColumnsMark, startTimestampMs: number): void {
    for (let row = mark.rows; row < this.#series.length; row++) this.startRow(row, startTimestampMs);
    for (const histogram of this.#histograms.slice(mark.histograms)) histogram.startTimestampMs = startTimestampMs;
  }

  /** An exemplar of the row or histogram pushed last. */
  pushExemplar(ofHistogram: boolean, labels: Labels, timestampMs: number, value: number): void {
    const row = (ofHistogram ? this.#histograms.length : this.#series.length) - 1;
    this.#exemplars.push({ row, ofHistogram, labels, timestampMs, value });
  }

  /** The rows as a batch of its own memory; the collection is empty afterwards. */
  take(metadata?: readonly MetricMetadata[]): SampleBatch {
    const series = this.#series;
    const length = series.length;
    const value = this.#value.slice(0, length);
    for (const row of this.#stale) writeStale(value, row);
    const startMs = this.#startMs;
    const histograms = this.#histograms;
    const exemplars = this.#exemplars;
    this.#series = [];
    this.#stale = [];
    this.#startMs = undefined;
    this.#histograms = [];
    this.#exemplars = [];
    for (const histogram of histograms) series.push(histogram.labels);
    return {
      series,
      seriesIndex: ascending(length),
      timestampMs: this.#timestampMs.slice(0, length),
      value,
      ...(startMs && { startTimestampMs: Float64Array.from({ length }, (_, row) => startMs[row] ?? 0) }),
      ...(histograms.length > 0 && { histograms: histogramColumns(histograms, length) }),
      ...(exemplars.length > 0 && {
        exemplars: exemplars.map(({ row, ofHistogram, ...exemplar }) => ({
          seriesIndex: ofHistogram ? length + row : row,
          ...exemplar,
        })),
      }),
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

/** Their series stand after those of the floats. */
function histogramColumns(rows: readonly HistogramRow[], firstSeries: number): HistogramColumns {
  return {
    seriesIndex: Uint32Array.from(rows, (_, i) => firstSeries + i),
    timestampMs: Float64Array.from(rows, (row) => row.timestampMs),
    ...(rows.some((row) => row.startTimestampMs !== 0) && {
      startTimestampMs: Float64Array.from(rows, (row) => row.startTimestampMs),
    }),
    value: rows.map((row) => row.value),
  };
}

let counted = new Uint32Array(0);

/** 0, 1, 2, …: every row has its own series. Shared between batches, which nobody writes to. */
function ascending(length: number): Uint32Array {
  if (counted.length < length)
    counted = Uint32Array.from({ length: Math.max(length, CAPACITY_FIRST, counted.length * 2) }, (_, i) => i);
  return counted.subarray(0, length);
}
