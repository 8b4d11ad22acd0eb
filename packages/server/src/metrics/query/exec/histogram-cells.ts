import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../../../model/labels.ts';
import { HistogramMean, HistogramSum } from '../histogram/index.ts';
import type { Aggregate } from '../parse/ast.ts';
import type { Annotations } from './annotations.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { ABSENT, type Matrix } from './stream.ts';

interface Cell {
  readonly total: HistogramSum | HistogramMean;
  /** Histograms with buckets of both kinds have no sum. */
  incompatible: boolean;
  reset: boolean;
  notReset: boolean;
}

/** sum and avg of native histograms, cell by cell, beside the accumulator of floats; made when the first histogram appears. */
export class HistogramCells {
  readonly #mean: boolean;
  readonly #notes: HistogramNotes;
  readonly #cells = new Map<number, Cell>();

  constructor(expr: Aggregate, annotations: Annotations) {
    this.#mean = expr.operator === 'avg';
    this.#notes = new HistogramNotes(annotations, expr.expr.span);
  }

  add(at: number, histogram: NativeHistogram, labels: Labels): void {
    let cell = this.#cells.get(at);
    if (!cell) {
      const total = this.#mean ? new HistogramMean(histogram) : new HistogramSum(histogram);
      cell = { total, incompatible: false, reset: false, notReset: false };
      this.#cells.set(at, cell);
    } else if (cell.incompatible) {
      return;
    } else if (cell.total.add(histogram)) {
      cell.incompatible = true;
      this.#notes.mixedSchemas(labels.metricName);
    }
    cell.reset ||= histogram.counterResetHint === 'reset';
    cell.notReset ||= histogram.counterResetHint === 'not_reset';
  }

  /** Puts the sums into the result; a cell that also has floats stays empty. */
  finish(result: Matrix, floats: Float64Array): void {
    for (const [at, cell] of this.#cells) {
      if (floats[at] !== 0) {
        this.#notes.mixedAggregation();
        result.present[at] = ABSENT;
        continue;
      }
      if (cell.total.boundsReconciled) this.#notes.boundsReconciled('aggregation');
      if (cell.incompatible) continue;
      if (cell.reset && cell.notReset) this.#notes.hintsCollided('aggregation');
      result.setHistogram(at, cell.total.result());
    }
  }
}
