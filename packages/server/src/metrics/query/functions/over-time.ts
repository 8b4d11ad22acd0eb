import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import { quantileOf } from '../exec/quantile-of.ts';
import { type RangeInput, type RangeKernel, rangeCall } from '../exec/range-call.ts';
import type { Grid } from '../exec/grid.ts';
import { formatGeneral } from '../format-float.ts';
import type { Call } from '../parse/ast.ts';
import { typeOf } from '../parse/type-check.ts';
import { type FunctionFamily, argument, overRange, rangeArguments } from './argument.ts';
import { histogramAverage, histogramTotal } from './histogram-over-time.ts';
import { slidingQuantile } from './sliding-quantile.ts';
import { slidingExtreme, slidingSum, slidingVariance } from './sliding.ts';

/** A function of each non-empty window alone, computed from its samples. */
function perWindow(compute: (input: RangeInput, from: number, to: number, step: number) => number): RangeKernel {
  return (input, values, present) => {
    const { lo, hi, windows } = input;
    for (let k = 0; k < windows.grid.steps; k++) {
      const from = lo[k] as number;
      const to = hi[k] as number;
      present[k] = to > from ? 1 : 0;
      if (to > from) values[k] = compute(input, from, to, k);
    }
  };
}

let scratch = new Float64Array(256);

/** A copy of the window that may be sorted. */
function copyWindow({ value }: RangeInput, from: number, to: number): Float64Array {
  const count = to - from;
  if (scratch.length < count) scratch = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) scratch[i] = value[from + i] as number;
  return scratch;
}

function medianAbsoluteDeviation(input: RangeInput, from: number, to: number): number {
  for (let i = from; i < to; i++) if (Number.isNaN(input.value[i])) return NaN;
  const window = copyWindow(input, from, to);
  const count = to - from;
  const median = quantileOf(0.5, window, count);
  for (let i = 0; i < count; i++) window[i] = Math.abs((input.value[from + i] as number) - median);
  return quantileOf(0.5, window, count);
}

function extremeTimestamp(direction: 1 | -1): RangeKernel {
  return perWindow(({ value, timestampMs }, from, to) => {
    let best = from;
    for (let i = from + 1; i < to; i++) {
      const x = value[i] as number;
      const known = value[best] as number;
      if (Number.isNaN(known) || (direction === 1 ? x >= known : x <= known)) best = i;
    }
    return (timestampMs[best] as number) / 1000;
  });
}

function firstTime({ timestampMs }: RangeInput, from: number): number {
  return (timestampMs[from] as number) / 1000;
}

function lastTime({ timestampMs }: RangeInput, _from: number, to: number): number {
  return (timestampMs[to - 1] as number) / 1000;
}

/** Warns once per query about quantiles outside [0, 1], at the argument. */
function warnQuantile(call: Call, q: Float64Array | undefined, evaluator: Evaluator): void {
  const span = call.args.find((arg) => typeOf(arg) === 'scalar')?.span ?? call.span;
  for (const value of q ?? []) {
    if (Number.isNaN(value) || value < 0 || value > 1) {
      evaluator.annotations.warn(`quantile value should be between 0 and 1, got ${formatGeneral(value)}`, span);
    }
  }
}

const quantileOverTime: FunctionEvaluation = async (call: Call, grid: Grid, evaluator: Evaluator) => {
  const { source, args } = await rangeArguments(call, grid, evaluator);
  warnQuantile(call, args[0], evaluator);
  return {
    type: 'vector',
    stream: rangeCall(source, slidingQuantile, args, { keepName: false }, evaluator, argument(call, 0).span),
  };
};

/** At 5 ns for each sample of each window; the median sorts each window twice, at 180 ns. */
const LOOKS_MAX = 200_000_000;
const MEDIAN_LOOKS_MAX = 6_000_000;

export const overTimeFunctions: FunctionFamily = {
  sum_over_time: overRange(slidingSum(false), { keepName: false, histograms: histogramTotal }),
  avg_over_time: overRange(slidingSum(true), { keepName: false, histograms: histogramAverage }),
  min_over_time: overRange(slidingExtreme(-1)),
  max_over_time: overRange(slidingExtreme(1)),
  count_over_time: overRange(
    perWindow((_input, from, to) => to - from),
    { keepName: false, histograms: (_input, from, to) => to - from },
  ),
  present_over_time: overRange(
    perWindow(() => 1),
    { keepName: false, histograms: () => 1 },
  ),
  last_over_time: overRange(
    perWindow(({ value }, _from, to) => value[to - 1] as number),
    { keepName: true, histograms: ({ value, histogram }, _from, to) => histogram[to - 1] ?? value[to - 1] },
  ),
  first_over_time: overRange(
    perWindow(({ value }, from) => value[from] as number),
    { keepName: true, histograms: ({ value, histogram }, from) => histogram[from] ?? value[from] },
  ),
  stddev_over_time: overRange(slidingVariance(true)),
  stdvar_over_time: overRange(slidingVariance(false)),
  mad_over_time: overRange(perWindow(medianAbsoluteDeviation), { keepName: false, looksMax: MEDIAN_LOOKS_MAX }),
  quantile_over_time: quantileOverTime,
  ts_of_first_over_time: overRange(perWindow(firstTime), { keepName: false, histograms: firstTime }),
  ts_of_last_over_time: overRange(perWindow(lastTime), { keepName: false, histograms: lastTime }),
  ts_of_min_over_time: overRange(extremeTimestamp(-1), { keepName: false, looksMax: LOOKS_MAX }),
  ts_of_max_over_time: overRange(extremeTimestamp(1), { keepName: false, looksMax: LOOKS_MAX }),
};
