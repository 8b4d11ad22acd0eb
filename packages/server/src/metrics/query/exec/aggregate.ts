import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../../../model/labels.ts';
import type { Aggregate } from '../parse/ast.ts';
import { createAccumulator } from './accumulators.ts';
import { countValues } from './count-values.ts';
import type { Evaluator } from './evaluator.ts';
import { HistogramCells } from './histogram-cells.ts';
import { HistogramNotes } from './histogram-notes.ts';
import type { Grid } from './grid.ts';
import { groupRows } from './grouping.ts';
import { limitRows } from './limit.ts';
import { quantileOfRows } from './quantile.ts';
import { HISTOGRAM, Matrix, Row, type VectorStream } from './stream.ts';
import { topRows } from './top.ts';

/** Dispatches an aggregation to its operator. */
export async function aggregate(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  switch (expr.operator) {
    case 'topk':
    case 'bottomk':
      return topRows(expr, grid, evaluator);
    case 'limitk':
    case 'limit_ratio':
      return limitRows(expr, grid, evaluator);
    case 'quantile':
      return quantileOfRows(expr, grid, evaluator);
    case 'count_values':
      return countValues(expr, grid, evaluator);
    default:
      return reduceRows(expr, await evaluator.vector(expr.expr, grid), grid, evaluator);
  }
}

/** Reduces rows one at a time into cells [group × step]; no series is held whole. */
async function reduceRows(
  expr: Aggregate,
  stream: VectorStream,
  grid: Grid,
  evaluator: Evaluator,
): Promise<VectorStream> {
  const { steps } = grid;
  const grouping = groupRows(stream, expr);
  const groups = grouping.labels.length;
  const { budget } = evaluator;
  budget.take(groups * steps);
  const accumulator = createAccumulator(expr.operator, groups * steps);
  if (!accumulator) throw new Error(`no accumulator for ${expr.operator}`);
  const row = new Row(steps);
  let histograms: HistogramCells | undefined;
  const sums = expr.operator === 'sum' || expr.operator === 'avg';
  const ignores = !sums && expr.operator !== 'count' && expr.operator !== 'group';
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    const offset = (grouping.groupOf[i] as number) * steps;
    accumulator.add(offset, row.values, row.present, steps);
    if (row.histograms.length > 0 && (sums || ignores)) {
      for (let k = row.present.indexOf(HISTOGRAM); k >= 0; k = row.present.indexOf(HISTOGRAM, k + 1)) {
        if (ignores) {
          new HistogramNotes(evaluator.annotations, expr.expr.span).ignoredInAggregation(expr.operator);
          break;
        }
        histograms ??= new HistogramCells(expr, evaluator.annotations);
        histograms.add(offset + k, row.histograms[k] as NativeHistogram, stream.labels[i] as Labels);
      }
    }
    if (budget.due()) await budget.turn();
  }
  const { count } = accumulator;
  const result = new Matrix(grouping.labels, grouping.nameMark, grouping.distinct, steps);
  for (let i = 0; i < count.length; i++) result.present[i] = count[i] === 0 ? 0 : 1;
  accumulator.finish();
  result.values.set(accumulator.values);
  histograms?.finish(result, count);
  return result;
}
