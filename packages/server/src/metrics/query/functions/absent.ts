import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import type { Grid } from '../exec/grid.ts';
import { rangeCall } from '../exec/range-call.ts';
import { ABSENT, KEEP_NAME, Row, type VectorStream } from '../exec/stream.ts';
import { type Expr, unwrap } from '../parse/ast.ts';
import { type FunctionFamily, argument } from './argument.ts';

/** Labels that the selector pins to one value with `=`; what an absent series would have had. */
function labelsFor(expr: Expr): Labels {
  const inner = unwrap(expr);
  const selector = inner.kind === 'matrix' ? inner.selector : inner;
  if (selector.kind !== 'selector') return Labels.EMPTY;
  const map = new Map<string, string>();
  const contradicted = new Set<string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    if (operator === '=' && !map.has(name)) map.set(name, value);
    else contradicted.add(name);
  }
  for (const name of contradicted) map.delete(name);
  return Labels.fromMap(map);
}

/** 1 at the steps where no row is present. */
async function absence(stream: VectorStream, labels: Labels, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  const { steps } = grid;
  const seen = new Uint8Array(steps);
  const row = new Row(steps);
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    for (let k = 0; k < steps; k++) if (row.present[k] !== ABSENT) seen[k] = 1;
    if (evaluator.budget.due()) await evaluator.budget.turn();
  }
  return {
    labels: [labels],
    nameMark: Uint8Array.of(KEEP_NAME),
    distinct: true,
    fill: (_row, values, present) => {
      for (let k = 0; k < steps; k++) {
        values[k] = 1;
        present[k] = seen[k] === 1 ? 0 : 1;
      }
    },
  };
}

const absent: FunctionEvaluation = async (call, grid, evaluator) => {
  const expr = argument(call, 0);
  const stream = await evaluator.vector(expr, grid);
  return { type: 'vector', stream: await absence(stream, labelsFor(expr), grid, evaluator) };
};

const absentOverTime: FunctionEvaluation = async (call, grid, evaluator) => {
  const expr = argument(call, 0);
  const source = await evaluator.range(expr, grid);
  const presence = rangeCall(
    source,
    ({ lo, hi, windows }, _values, present) => {
      for (let k = 0; k < windows.grid.steps; k++) present[k] = (hi[k] as number) > (lo[k] as number) ? 1 : 0;
    },
    [],
    { keepName: true, histograms: () => 1 },
    evaluator,
    expr.span,
  );
  return { type: 'vector', stream: await absence(presence, labelsFor(expr), grid, evaluator) };
};

export const absentFunctions: FunctionFamily = { absent, absent_over_time: absentOverTime };
