import type { RangeInput, RangeKernel } from '../exec/range-call.ts';

/**
 * Sliding aggregates without subtraction, so that one huge value or a NaN leaves no trace behind: the window is split at `middle`;
 * suffixes up to it are prepared backwards, the part behind it grows forwards, and a result joins the two. Every sample is touched
 * twice at most, whatever the window (two-stack queue).
 */

let suffixSum = new Float64Array(256);
let suffixLost = new Float64Array(256);

function reserve(length: number): void {
  if (suffixSum.length >= length) return;
  suffixSum = new Float64Array(length * 2);
  suffixLost = new Float64Array(length * 2);
}

/** sum_over_time and avg_over_time with Kahan–Neumaier compensation. */
export function slidingSum(average: boolean): RangeKernel {
  return (input, values, present) => {
    const { value, length, lo, hi, windows } = input;
    reserve(length);
    let middle = 0;
    let end = 0;
    let sum = 0;
    let lost = 0;
    for (let k = 0; k < windows.grid.steps; k++) {
      const from = lo[k] as number;
      const to = hi[k] as number;
      if (to <= from) {
        present[k] = 0;
        continue;
      }
      if (from >= middle) {
        // Rebuild: everything up to the present end becomes suffixes.
        let backSum = 0;
        let backLost = 0;
        for (let i = to - 1; i >= from; i--) {
          const x = value[i] as number;
          const next = backSum + x;
          if (next === Infinity || next === -Infinity) backLost = 0;
          else backLost += Math.abs(backSum) >= Math.abs(x) ? backSum - next + x : x - next + backSum;
          backSum = next;
          suffixSum[i] = backSum;
          suffixLost[i] = backLost;
        }
        middle = to;
        end = to;
        sum = 0;
        lost = 0;
      }
      for (; end < to; end++) {
        const x = value[end] as number;
        const next = sum + x;
        if (next === Infinity || next === -Infinity) lost = 0;
        else lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
        sum = next;
      }
      const front = suffixSum[from] as number;
      const total = front + sum;
      let compensation = (suffixLost[from] as number) + lost;
      if (total === Infinity || total === -Infinity) compensation = 0;
      else compensation += Math.abs(front) >= Math.abs(sum) ? front - total + sum : sum - total + front;
      present[k] = 1;
      if (!average) values[k] = total + compensation;
      else if (Number.isFinite(total)) values[k] = total / (to - from) + compensation / (to - from);
      else values[k] = incrementalMean(input, from, to);
    }
  };
}

/** The mean of a window whose sum leaves the range of floats, or holds infinities. */
function incrementalMean({ value }: RangeInput, from: number, to: number): number {
  let mean = 0;
  let lost = 0;
  let incremental = false;
  let sum = value[from] as number;
  for (let i = from + 1; i < to; i++) {
    const x = value[i] as number;
    const n = i - from + 1;
    if (!incremental) {
      const next = sum + x;
      if (next !== Infinity && next !== -Infinity) {
        lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
        sum = next;
        continue;
      }
      incremental = true;
      mean = sum / (n - 1);
      lost /= n - 1;
    }
    const weight = (n - 1) / n;
    const scaled = weight * mean;
    const part = x / n;
    const next = scaled + part;
    if (next === Infinity || next === -Infinity) lost = 0;
    else lost = weight * lost + (Math.abs(scaled) >= Math.abs(part) ? scaled - next + part : part - next + scaled);
    mean = next;
  }
  return incremental ? mean + lost : (sum + lost) / (to - from);
}

/** min_over_time (direction -1) and max_over_time (1); NaN loses against every number. */
export function slidingExtreme(direction: 1 | -1): RangeKernel {
  const better = (a: number, b: number): number => {
    if (Number.isNaN(a)) return b;
    if (Number.isNaN(b)) return a;
    return (direction === 1 ? b > a : b < a) ? b : a;
  };
  return ({ value, length, lo, hi, windows }, values, present) => {
    reserve(length);
    let middle = 0;
    let end = 0;
    let best = NaN;
    for (let k = 0; k < windows.grid.steps; k++) {
      const from = lo[k] as number;
      const to = hi[k] as number;
      if (to <= from) {
        present[k] = 0;
        continue;
      }
      if (from >= middle) {
        let back = NaN;
        for (let i = to - 1; i >= from; i--) {
          back = better(back, value[i] as number);
          suffixSum[i] = back;
        }
        middle = to;
        end = to;
        best = NaN;
      }
      for (; end < to; end++) best = better(best, value[end] as number);
      present[k] = 1;
      values[k] = better(suffixSum[from] as number, best);
    }
  };
}

/** stdvar_over_time and stddev_over_time: means and squared deviations of both parts are joined by Chan's formula. */
export function slidingVariance(root: boolean): RangeKernel {
  return ({ value, length, lo, hi, windows }, values, present) => {
    reserve(length);
    const suffixMean = suffixSum;
    const suffixSquares = suffixLost;
    let middle = 0;
    let end = 0;
    let mean = 0;
    let squares = 0;
    for (let k = 0; k < windows.grid.steps; k++) {
      const from = lo[k] as number;
      const to = hi[k] as number;
      if (to <= from) {
        present[k] = 0;
        continue;
      }
      if (from >= middle) {
        let backMean = 0;
        let backSquares = 0;
        for (let i = to - 1; i >= from; i--) {
          const delta = (value[i] as number) - backMean;
          backMean += delta / (to - i);
          backSquares += delta * ((value[i] as number) - backMean);
          suffixMean[i] = backMean;
          suffixSquares[i] = backSquares;
        }
        middle = to;
        end = to;
        mean = 0;
        squares = 0;
      }
      for (; end < to; end++) {
        const delta = (value[end] as number) - mean;
        mean += delta / (end - middle + 1);
        squares += delta * ((value[end] as number) - mean);
      }
      const back = middle - from;
      const front = end - middle;
      let total = suffixSquares[from] as number;
      if (front > 0) {
        const delta = mean - (suffixMean[from] as number);
        total += squares + (delta * delta * back * front) / (back + front);
      }
      present[k] = 1;
      values[k] = root ? Math.sqrt(total / (to - from)) : total / (to - from);
    }
  };
}
