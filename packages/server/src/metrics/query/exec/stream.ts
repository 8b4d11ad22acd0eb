import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../../../model/labels.ts';
import { isNameLabel, withoutName } from './name-labels.ts';
import type { Budget } from './budget.ts';

/** What becomes of a row's metric name. */
export const KEEP_NAME = 0;
/** Dropped when the query ends; until then operators still see it (delayed name removal). */
export const DROP_NAME_LATER = 1;
/** Dropped: operators do not see it, though `labels` may still hold it, which spares copying label sets. */
export const NAME_HIDDEN = 2;

/** What a row has at a step: nothing, a float in `values`, a native histogram in `histograms`. */
export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/** Native histograms by step; entries count only where presence says HISTOGRAM, others may be left from another row. */
export type HistogramRow = (NativeHistogram | undefined)[];

/**
 * An instant vector over all steps, one row per series, computed on demand: labels are known at once, values when a row is filled.
 * Rows may be filled in any order and more than once. Aggregations consume rows one by one, so that no series is ever held whole.
 */
export interface VectorStream {
  readonly labels: readonly Labels[];
  /** Per row: KEEP_NAME, DROP_NAME_LATER or NAME_HIDDEN. */
  readonly nameMark: Uint8Array;
  /** True when no two rows have the same labels, metric name aside. */
  readonly distinct: boolean;
  /** Writes all steps of the row: `present[k]` is ABSENT, FLOAT (see `values[k]`) or HISTOGRAM (see `histograms[k]`). */
  fill(row: number, values: Float64Array, present: Uint8Array, histograms: HistogramRow): void;
}

export type Value =
  | { readonly type: 'scalar'; readonly values: Float64Array }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly stream: VectorStream };

/** Rows of equal length in two columns. */
export class Matrix implements VectorStream {
  readonly labels: readonly Labels[];
  readonly nameMark: Uint8Array;
  readonly distinct: boolean;
  readonly steps: number;
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** By cell; empty while there is none. */
  readonly histograms: HistogramRow = [];

  constructor(labels: readonly Labels[], nameMark: Uint8Array, distinct: boolean, steps: number) {
    this.labels = labels;
    this.nameMark = nameMark;
    this.distinct = distinct;
    this.steps = steps;
    this.values = new Float64Array(labels.length * steps);
    this.present = new Uint8Array(labels.length * steps);
  }

  fill(row: number, values: Float64Array, present: Uint8Array, histograms: HistogramRow): void {
    const { steps } = this;
    const from = row * steps;
    if (steps === 1) {
      values[0] = this.values[row] as number;
      present[0] = this.present[row] as number;
    } else {
      values.set(this.values.subarray(from, from + steps));
      present.set(this.present.subarray(from, from + steps));
    }
    if (this.histograms.length > 0)
      for (let k = 0; k < steps; k++) if (present[k] === HISTOGRAM) histograms[k] = this.histograms[from + k];
  }

  setHistogram(cell: number, histogram: NativeHistogram): void {
    this.present[cell] = HISTOGRAM;
    this.histograms[cell] = histogram;
  }
}

/** A scratch row, owned by one operator. */
export class Row {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly histograms: HistogramRow = [];

  constructor(steps: number) {
    this.values = new Float64Array(steps);
    this.present = new Uint8Array(steps);
  }
}

/** All rows at once, for operators that need every series at a step. */
export async function materialise(stream: VectorStream, steps: number, budget: Budget): Promise<Matrix> {
  if (stream instanceof Matrix) return stream;
  budget.take(stream.labels.length * steps);
  const matrix = new Matrix(stream.labels, stream.nameMark, stream.distinct, steps);
  const row = new Row(steps);
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    if (steps === 1) {
      matrix.values[i] = row.values[0] as number;
      matrix.present[i] = row.present[0] as number;
    } else {
      matrix.values.set(row.values, i * steps);
      matrix.present.set(row.present, i * steps);
    }
    if (row.histograms.length > 0)
      for (let k = 0; k < steps; k++)
        if (row.present[k] === HISTOGRAM) matrix.histograms[i * steps + k] = row.histograms[k];
    if (budget.due()) await budget.turn();
  }
  return matrix;
}

export function emptyStream(): VectorStream {
  return { labels: [], nameMark: new Uint8Array(0), distinct: true, fill: () => undefined };
}

/** A row's label as operators see it. */
export function visibleLabel(stream: VectorStream, row: number, name: string): string {
  if (stream.nameMark[row] === NAME_HIDDEN && isNameLabel(name)) return '';
  return (stream.labels[row] as Labels).get(name);
}

/** A row's labels as operators see them. */
export function visibleLabels(stream: VectorStream, row: number): Labels {
  const labels = stream.labels[row] as Labels;
  return stream.nameMark[row] === NAME_HIDDEN ? withoutName(labels) : labels;
}

/** A row's labels as the answer shows them. */
export function finalLabels(stream: VectorStream, row: number): Labels {
  const labels = stream.labels[row] as Labels;
  return stream.nameMark[row] === KEEP_NAME ? labels : withoutName(labels);
}
