import { VedetteError } from '../../../base/errors.ts';
import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import type { Grid } from '../exec/grid.ts';
import { OF_COUNTERS } from '../exec/non-counter.ts';
import { type RangeCallOptions, type RangeKernel, rangeCall } from '../exec/range-call.ts';
import { type Call, type Expr, unwrap } from '../parse/ast.ts';
import { typeOf } from '../parse/type-check.ts';

/** A function of one range vector, and the kernel that computes a row of it; see range-kernels.ts. */
export interface RangeFunction extends FunctionEvaluation {
  readonly kernel: RangeKernel | undefined;
}

export type FunctionFamily = Readonly<Record<string, FunctionEvaluation>>;

/** An argument the type check has counted. */
export function argument(call: Call, index: number): Expr {
  const expr = call.args[index];
  if (!expr) throw new Error(`${call.name} lacks argument ${index} although arguments were counted`);
  return expr;
}

/** A string argument; the type check made sure of it. */
export function stringArgument(call: Call, index: number): string {
  const expr = unwrap(argument(call, index));
  if (expr.kind !== 'string')
    throw new Error(`argument ${index} of ${call.name} is no string although types were checked`);
  return expr.value;
}

/** A function of one range vector and scalars: the matrix argument is found by its type, scalars are passed in order. */
export function overRange(kernel: RangeKernel, options: RangeCallOptions = { keepName: false }): RangeFunction {
  // A kernel that may look too long has to say so in this thread.
  const movable = options.looksMax === undefined;
  const evaluate: FunctionEvaluation = async (call, grid, evaluator) => {
    const { source, args } = await rangeArguments(call, grid, evaluator);
    const full = {
      ...options,
      ...(movable ? { kernel: call.name } : {}),
      ...(OF_COUNTERS.has(call.name) ? { counter: { name: metricOf(argument(call, 0)) } } : {}),
    };
    return { type: 'vector', stream: rangeCall(source, kernel, args, full, evaluator, argument(call, 0).span) };
  };
  return Object.assign(evaluate, { kernel: movable ? kernel : undefined });
}

/** The one metric of a range selector; undefined for several and for subqueries. */
function metricOf(expr: Expr): string | undefined {
  const range = unwrap(expr);
  return range.kind === 'matrix' && range.selector.name !== '' ? range.selector.name : undefined;
}

export async function rangeArguments(
  call: Call,
  grid: Grid,
  evaluator: Evaluator,
): Promise<{ readonly source: Awaited<ReturnType<Evaluator['range']>>; readonly args: readonly Float64Array[] }> {
  const args: Float64Array[] = [];
  let matrix: Expr | undefined;
  for (const expr of call.args) {
    if (typeOf(expr) === 'matrix') matrix = expr;
    else args.push(await evaluator.scalar(expr, grid));
  }
  if (!matrix) throw new Error(`${call.name} lacks its range vector although types were checked`);
  checkExtended(call, matrix);
  return { source: await evaluator.range(matrix, grid), args };
}

/** Functions that know of the samples outside of their windows. */
const EXTENDED_FUNCTIONS = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
} as const;

function checkExtended(call: Call, argumentExpr: Expr): void {
  const range = unwrap(argumentExpr);
  const extended = range.kind === 'matrix' ? range.selector.extended : undefined;
  if (extended === undefined) return;
  const names: readonly string[] = EXTENDED_FUNCTIONS[extended];
  if (!names.includes(call.name)) {
    throw new VedetteError(
      'PROMQL_EXECUTION',
      `${extended} modifier can only be used with: ${names.join(', ')} - not with ${call.name}`,
    );
  }
}
