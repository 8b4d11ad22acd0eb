import { VedetteError } from '../../../base/errors.ts';
import type { Aggregate } from '../parse/ast.ts';
import { formatGeneral } from '../format-float.ts';
import type { Evaluator } from './evaluator.ts';
import type { Grid } from './grid.ts';
import { groupRows } from './grouping.ts';
import { labelsHash } from './labels-hash.ts';
import { countParameter, scalarParameter } from './parameter.ts';
import { type Matrix, type VectorStream, materialise } from './stream.ts';

/** limitk (any k samples per group, the same from step to step where possible) and limit_ratio (a share chosen by label hash). */
export async function limitRows(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  return expr.operator === 'limitk' ? limitCount(expr, grid, evaluator) : limitRatio(expr, grid, evaluator);
}

async function limitCount(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  const { steps } = grid;
  const wanted = await countParameter(expr, grid, evaluator);
  const stream = await evaluator.vector(expr.expr, grid);
  const grouping = groupRows(stream, expr);
  const result = await copyOf(stream, steps, evaluator);
  const taken = new Uint32Array(grouping.labels.length * steps);
  for (let row = 0; row < stream.labels.length; row++) {
    const group = grouping.groupOf[row] as number;
    for (let k = 0; k < steps; k++) {
      if (result.present[row * steps + k] === 0) continue;
      const cell = group * steps + k;
      if ((taken[cell] as number) < (wanted[k] as number)) taken[cell] = (taken[cell] as number) + 1;
      else result.present[row * steps + k] = 0;
    }
  }
  return result;
}

async function limitRatio(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  const { steps } = grid;
  const ratios = (await scalarParameter(expr, grid, evaluator)).map((ratio) => {
    if (Number.isNaN(ratio)) throw new VedetteError('PROMQL_EXECUTION', 'Ratio value is NaN');
    const capped = Math.max(-1, Math.min(1, ratio));
    if (capped !== ratio) {
      evaluator.annotations.warn(
        `ratio value should be between -1 and 1, got ${formatGeneral(ratio)}, capping to ${formatGeneral(capped)}`,
        expr.param?.span ?? expr.span,
      );
    }
    return capped;
  });
  const stream = await evaluator.vector(expr.expr, grid);
  const result = await copyOf(stream, steps, evaluator);
  for (const [row, labels] of stream.labels.entries()) {
    const share = labelsHash(labels);
    for (let k = 0; k < steps; k++) {
      const ratio = ratios[k] as number;
      // The complement of limit_ratio(r) is limit_ratio(r - 1).
      const keep = ratio >= 0 ? share < ratio : share >= 1 + ratio;
      if (!keep) result.present[row * steps + k] = 0;
    }
  }
  return result;
}

/** A copy whose presence may be changed: a matrix may be shared with its maker. */
async function copyOf(stream: VectorStream, steps: number, evaluator: Evaluator): Promise<Matrix> {
  const { labels, nameMark, distinct } = stream;
  return materialise(
    {
      labels,
      nameMark,
      distinct,
      fill: (row, values, present, histograms) => stream.fill(row, values, present, histograms),
    },
    steps,
    evaluator.budget,
  );
}
