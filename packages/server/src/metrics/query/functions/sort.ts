import { compareCodeUnits } from '../../../model/labels.ts';
import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { HISTOGRAM, Matrix, type VectorStream, materialise, visibleLabel } from '../exec/stream.ts';
import { compareLabels } from '../exec/compare-labels.ts';
import { type FunctionFamily, argument, stringArgument } from './argument.ts';
import { naturalCompare } from './natural-compare.ts';

type RowOrder = (matrix: Matrix, names: readonly string[]) => (a: number, b: number) => number;

/** Sorting shows in instant answers only; those have one step. */
function sorted(order: RowOrder, keeps: 'floats' | 'all'): FunctionEvaluation {
  return async (call, grid, evaluator) => {
    const stream = await evaluator.vector(argument(call, 0), grid);
    if (evaluator.isRange) {
      evaluator.annotations.warn(
        'sort is ineffective for range queries since results are always ordered by labels',
        call.span,
      );
      return { type: 'vector', stream };
    }
    if (grid.steps !== 1) return { type: 'vector', stream };
    const matrix = await materialise(stream, 1, evaluator.budget);
    const names = call.args.slice(1).map((_, i) => stringArgument(call, i + 1));
    const rows = Array.from({ length: matrix.labels.length }, (_, i) => i)
      .filter((row) => keeps === 'all' || matrix.present[row] !== HISTOGRAM)
      .sort(order(matrix, names));
    return { type: 'vector', stream: reordered(matrix, rows) };
  };
}

function reordered(matrix: Matrix, rows: readonly number[]): VectorStream {
  const result = new Matrix(
    rows.map((row) => matrix.labels[row] as (typeof matrix.labels)[number]),
    Uint8Array.from(rows, (row) => matrix.nameMark[row] as number),
    matrix.distinct,
    1,
  );
  for (const [i, row] of rows.entries()) {
    result.values[i] = matrix.values[row] as number;
    result.present[i] = matrix.present[row] as number;
    if (matrix.present[row] === HISTOGRAM) result.histograms[i] = matrix.histograms[row];
  }
  return result;
}

/** NaN comes last in both directions. */
function byValue(direction: 1 | -1): RowOrder {
  return (matrix) => (a, b) => {
    const x = matrix.values[a] as number;
    const y = matrix.values[b] as number;
    if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
    if (Number.isNaN(y)) return -1;
    return (x < y ? -1 : x > y ? 1 : 0) * direction;
  };
}

/** Label values in natural order (numbers by value); remaining ties by the whole label set. */
function byLabel(direction: 1 | -1): RowOrder {
  return (matrix, names) => (a, b) => {
    for (const name of names) {
      const x = visibleLabel(matrix, a, name);
      const y = visibleLabel(matrix, b, name);
      if (x === y) continue;
      return (naturalCompare(x, y) || compareCodeUnits(x, y)) * direction;
    }
    return (
      compareLabels(
        matrix.labels[a] as (typeof matrix.labels)[number],
        matrix.labels[b] as (typeof matrix.labels)[number],
      ) * direction
    );
  };
}

export const sortFunctions: FunctionFamily = {
  sort: sorted(byValue(1), 'floats'),
  sort_desc: sorted(byValue(-1), 'floats'),
  sort_by_label: sorted(byLabel(1), 'all'),
  sort_by_label_desc: sorted(byLabel(-1), 'all'),
};
