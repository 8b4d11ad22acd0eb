import type { Binary, VectorMatching } from '../parse/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { fillSides } from './fill.ts';
import type { Grid } from './grid.ts';
import { scalarOperator, vectorScalarOperator } from './scalar-operator.ts';
import { setOperator } from './set-operator.ts';
import type { Value } from './stream.ts';
import { vectorOperator } from './vector-operator.ts';

const DEFAULT_MATCHING: VectorMatching = { cardinality: 'one-to-one', on: false, labels: [], include: [] };

/** Dispatches a binary operator by the types of its sides. */
export async function binaryOperator(expr: Binary, grid: Grid, evaluator: Evaluator): Promise<Value> {
  const left = await evaluator.evaluate(expr.left, grid);
  const right = await evaluator.evaluate(expr.right, grid);
  const { operator } = expr;
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', values: scalarOperator(operator, left.values, right.values) };
  }
  if (left.type === 'vector' && right.type === 'scalar') {
    return {
      type: 'vector',
      stream: vectorScalarOperator(expr, left.stream, right.values, { scalarLeft: false }, evaluator),
    };
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    return {
      type: 'vector',
      stream: vectorScalarOperator(expr, right.stream, left.values, { scalarLeft: true }, evaluator),
    };
  }
  if (left.type !== 'vector' || right.type !== 'vector')
    throw new Error('a string stands in an operator although types were checked');
  const matching = expr.matching ?? DEFAULT_MATCHING;
  const filled = matching.fill
    ? await fillSides(left.stream, right.stream, matching, matching.fill, grid.steps, evaluator)
    : { left: left.stream, right: right.stream };
  const stream =
    operator === 'and' || operator === 'or' || operator === 'unless'
      ? await setOperator(operator, left.stream, right.stream, matching, grid.steps, evaluator)
      : await vectorOperator(expr, matching, filled.left, filled.right, grid.steps, evaluator);
  return { type: 'vector', stream };
}
