import type { Aggregate } from '../parse/ast.ts';
import { formatGeneral } from '../format-float.ts';
import type { Evaluator } from './evaluator.ts';
import type { Grid } from './grid.ts';
import { groupRows } from './grouping.ts';
import { scalarParameter } from './parameter.ts';
import { quantileOf } from './quantile-of.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { FLOAT, HISTOGRAM, Matrix, type VectorStream, materialise } from './stream.ts';

/** quantile(φ, v): needs every sample of a group at a step, so it holds the rows. */
export async function quantileOfRows(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  const { steps } = grid;
  const { budget } = evaluator;
  const q = await scalarParameter(expr, grid, evaluator);
  for (const value of q) {
    if (Number.isNaN(value) || value < 0 || value > 1) {
      evaluator.annotations.warn(
        `quantile value should be between 0 and 1, got ${formatGeneral(value)}`,
        expr.param?.span ?? expr.span,
      );
    }
  }
  const matrix = await materialise(await evaluator.vector(expr.expr, grid), steps, budget);
  const grouping = groupRows(matrix, expr);
  const rowsOf: number[][] = grouping.labels.map(() => []);
  for (const [row, group] of grouping.groupOf.entries()) rowsOf[group]?.push(row);
  budget.take(grouping.labels.length * steps);
  const result = new Matrix(grouping.labels, grouping.nameMark, grouping.distinct, steps);
  const notes = new HistogramNotes(evaluator.annotations, expr.expr.span);
  const window = new Float64Array(grouping.sizes.reduce((most, size) => Math.max(most, size), 0));
  for (const [group, rows] of rowsOf.entries()) {
    for (let k = 0; k < steps; k++) {
      let count = 0;
      for (const row of rows) {
        const cell = row * steps + k;
        if (matrix.present[cell] === FLOAT) window[count++] = matrix.values[cell] as number;
        else if (matrix.present[cell] === HISTOGRAM) notes.ignoredInAggregation('quantile');
      }
      if (count > 0) {
        result.present[group * steps + k] = 1;
        result.values[group * steps + k] = quantileOf(q[k] as number, window, count);
      }
      if (budget.due(0.01 + count / 4096)) await budget.turn();
    }
  }
  return result;
}
