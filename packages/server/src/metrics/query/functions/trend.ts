import { VedetteError } from '../../../base/errors.ts';
import type { RangeInput, RangeKernel } from '../exec/range-call.ts';
import { type FunctionFamily, overRange } from './argument.ts';

/** Compensated running sum (Kahan–Neumaier). */
class Sum {
  #sum = 0;
  #lost = 0;

  add(x: number): void {
    const next = this.#sum + x;
    if (next === Infinity || next === -Infinity) this.#lost = 0;
    else this.#lost += Math.abs(this.#sum) >= Math.abs(x) ? this.#sum - next + x : x - next + this.#sum;
    this.#sum = next;
  }

  get total(): number {
    return this.#sum + this.#lost;
  }
}

/** Least squares over a window; the intercept is the value at `interceptMs`. */
function regression(
  input: RangeInput,
  from: number,
  to: number,
  interceptMs: number,
): { readonly slope: number; readonly intercept: number } {
  const { timestampMs, value } = input;
  const first = value[from] as number;
  let constant = true;
  const sumX = new Sum();
  const sumY = new Sum();
  const sumXY = new Sum();
  const sumXX = new Sum();
  for (let i = from; i < to; i++) {
    const y = value[i] as number;
    if (y !== first) constant = false;
    const x = ((timestampMs[i] as number) - interceptMs) / 1000;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumXX.add(x * x);
  }
  // A constant series has slope 0 exactly, where rounding would give a little trend.
  if (constant) return Math.abs(first) === Infinity ? { slope: NaN, intercept: NaN } : { slope: 0, intercept: first };
  const n = to - from;
  const covariance = sumXY.total - (sumX.total * sumY.total) / n;
  const variance = sumXX.total - (sumX.total * sumX.total) / n;
  const slope = covariance / variance;
  return { slope, intercept: sumY.total / n - (slope * sumX.total) / n };
}

const deriv: RangeKernel = (input, values, present) => {
  const { lo, hi, windows, timestampMs } = input;
  for (let k = 0; k < windows.grid.steps; k++) {
    const from = lo[k] as number;
    const to = hi[k] as number;
    present[k] = to - from >= 2 ? 1 : 0;
    // Relative to the first sample, so that the numbers stay small.
    if (to - from >= 2) values[k] = regression(input, from, to, timestampMs[from] as number).slope;
  }
};

const predictLinear: RangeKernel = (input, values, present) => {
  const { lo, hi, windows } = input;
  const { grid } = windows;
  const ahead = input.args[0];
  for (let k = 0; k < grid.steps; k++) {
    const from = lo[k] as number;
    const to = hi[k] as number;
    present[k] = to - from >= 2 ? 1 : 0;
    if (to - from < 2) continue;
    const { slope, intercept } = regression(input, from, to, grid.startMs + k * grid.stepMs);
    values[k] = slope * (ahead?.[k] ?? NaN) + intercept;
  }
};

/** Holt's linear smoothing with the level factor and the trend factor. */
const doubleExponentialSmoothing: RangeKernel = (input, values, present) => {
  const { value, lo, hi, windows } = input;
  for (let k = 0; k < windows.grid.steps; k++) {
    const from = lo[k] as number;
    const to = hi[k] as number;
    present[k] = 0;
    const smoothing = factor('smoothing', input.args[0]?.[k]);
    const trending = factor('trend', input.args[1]?.[k]);
    if (to - from < 2) continue;
    let previous = 0;
    let level = value[from] as number;
    let trend = (value[from + 1] as number) - level;
    for (let i = from + 1; i < to; i++) {
      if (i > from + 1) trend = trending * (level - previous) + (1 - trending) * trend;
      const next = smoothing * (value[i] as number) + (1 - smoothing) * (level + trend);
      previous = level;
      level = next;
    }
    present[k] = 1;
    values[k] = level;
  }
};

function factor(name: string, value: number | undefined): number {
  if (value !== undefined && value > 0 && value < 1) return value;
  const symbol = name === 'smoothing' ? 'sf' : 'tf';
  throw new VedetteError(
    'PROMQL_EXECUTION',
    `invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${value?.toFixed(6) ?? 'NaN'}`,
  );
}

/** At 5 ns for each sample of each window. */
const LOOKS_MAX = 200_000_000;
const EACH_WINDOW = { keepName: false, looksMax: LOOKS_MAX };

export const trendFunctions: FunctionFamily = {
  deriv: overRange(deriv, EACH_WINDOW),
  predict_linear: overRange(predictLinear, EACH_WINDOW),
  double_exponential_smoothing: overRange(doubleExponentialSmoothing, EACH_WINDOW),
};
