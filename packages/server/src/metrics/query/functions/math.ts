import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { mapValues } from '../exec/scalar-operator.ts';
import { emptyStream } from '../exec/stream.ts';
import { type FunctionFamily, argument } from './argument.ts';

/** A function of each value alone. */
function elementwise(map: (value: number) => number): FunctionEvaluation {
  return async (call, grid, evaluator) => {
    const stream = await evaluator.vector(argument(call, 0), grid);
    return { type: 'vector', stream: mapValues(stream, grid.steps, map, evaluator) };
  };
}

/** As Go: NaN if either bound is NaN, nothing at steps where min > max. */
const clamp: FunctionEvaluation = async (call, grid, evaluator) => {
  const stream = await evaluator.vector(argument(call, 0), grid);
  const min = await evaluator.scalar(argument(call, 1), grid);
  const max = await evaluator.scalar(argument(call, 2), grid);
  const clamped = mapValues(
    stream,
    grid.steps,
    (value, k) => Math.max(min[k] as number, Math.min(max[k] as number, value)),
    evaluator,
  );
  if (!min.some((low, k) => low > (max[k] as number))) return { type: 'vector', stream: clamped };
  if (min.every((low, k) => low > (max[k] as number))) return { type: 'vector', stream: emptyStream() };
  return {
    type: 'vector',
    stream: {
      labels: clamped.labels,
      nameMark: clamped.nameMark,
      distinct: clamped.distinct,
      fill: (row, values, present, histograms) => {
        clamped.fill(row, values, present, histograms);
        for (let k = 0; k < grid.steps; k++) if ((min[k] as number) > (max[k] as number)) present[k] = 0;
      },
    },
  };
};

function bounded(bound: (value: number, limit: number) => number): FunctionEvaluation {
  return async (call, grid, evaluator) => {
    const stream = await evaluator.vector(argument(call, 0), grid);
    const limit = await evaluator.scalar(argument(call, 1), grid);
    return {
      type: 'vector',
      stream: mapValues(stream, grid.steps, (value, k) => bound(value, limit[k] as number), evaluator),
    };
  };
}

/** Ties are rounded up; multiplying by the inverse keeps round(x, 0.1) exact where dividing would not. */
const round: FunctionEvaluation = async (call, grid, evaluator) => {
  const stream = await evaluator.vector(argument(call, 0), grid);
  const nearest = call.args[1] ? await evaluator.scalar(call.args[1], grid) : new Float64Array(grid.steps).fill(1);
  const inverse = nearest.map((value) => 1 / value);
  return {
    type: 'vector',
    stream: mapValues(
      stream,
      grid.steps,
      (value, k) => Math.floor(value * (inverse[k] as number) + 0.5) / (inverse[k] as number),
      evaluator,
    ),
  };
};

export const mathFunctions: FunctionFamily = {
  abs: elementwise(Math.abs),
  ceil: elementwise(Math.ceil),
  floor: elementwise(Math.floor),
  exp: elementwise(Math.exp),
  sqrt: elementwise(Math.sqrt),
  ln: elementwise(Math.log),
  log2: elementwise(Math.log2),
  log10: elementwise(Math.log10),
  sgn: elementwise(Math.sign),
  sin: elementwise(Math.sin),
  cos: elementwise(Math.cos),
  tan: elementwise(Math.tan),
  asin: elementwise(Math.asin),
  acos: elementwise(Math.acos),
  atan: elementwise(Math.atan),
  sinh: elementwise(Math.sinh),
  cosh: elementwise(Math.cosh),
  tanh: elementwise(Math.tanh),
  asinh: elementwise(Math.asinh),
  acosh: elementwise(Math.acosh),
  atanh: elementwise(Math.atanh),
  deg: elementwise((value) => (value * 180) / Math.PI),
  rad: elementwise((value) => (value * Math.PI) / 180),
  clamp,
  clamp_min: bounded((value, limit) => Math.max(limit, value)),
  clamp_max: bounded((value, limit) => Math.min(limit, value)),
  round,
};
