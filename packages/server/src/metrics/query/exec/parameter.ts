import { VedetteError } from '../../../base/errors.ts';
import type { Aggregate } from '../parse/ast.ts';
import type { Evaluator } from './evaluator.ts';
import type { Grid } from './grid.ts';

/** Largest k that is told apart; Prometheus refuses what does not fit in 64 bits. */
const K_MAX = 2 ** 63;

/** The scalar parameter of an aggregation per step. */
export async function scalarParameter(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<Float64Array> {
  if (!expr.param) throw new Error(`${expr.operator} has no parameter although it parsed`);
  return evaluator.scalar(expr.param, grid);
}

/** k of topk, bottomk and limitk per step, as whole numbers; below 1 selects nothing. */
export async function countParameter(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<Float64Array> {
  const k = await scalarParameter(expr, grid, evaluator);
  return k.map((value) => {
    if (Number.isNaN(value)) throw new VedetteError('PROMQL_EXECUTION', 'Parameter value is NaN');
    if (value >= K_MAX) throw new VedetteError('PROMQL_EXECUTION', `Scalar value ${value} overflows int64`);
    if (value <= -K_MAX) throw new VedetteError('PROMQL_EXECUTION', `Scalar value ${value} underflows int64`);
    return Math.trunc(value);
  });
}
