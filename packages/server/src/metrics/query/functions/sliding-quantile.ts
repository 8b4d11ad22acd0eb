import { quantileOfSorted } from '../exec/quantile-of.ts';
import type { RangeKernel } from '../exec/range-call.ts';

let sorted = new Float64Array(256);

/** Index of the first value that is not below x. */
function lowerBound(x: number, length: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * quantile_over_time over a window that is kept sorted: samples that come and go are inserted and removed by a block move, which costs
 * far less than sorting each window anew.
 */
export const slidingQuantile: RangeKernel = ({ value, length, lo, hi, windows, args }, values, present) => {
  if (sorted.length < length) sorted = new Float64Array(length * 2);
  const q = args[0];
  let numbers = 0;
  let nans = 0;
  let begin = 0;
  let end = 0;
  for (let k = 0; k < windows.grid.steps; k++) {
    const from = lo[k] as number;
    const to = hi[k] as number;
    if (from >= end) {
      // Nothing of the previous window is left.
      numbers = 0;
      nans = 0;
      begin = from;
      end = from;
      for (; end < to; end++) {
        const x = value[end] as number;
        if (Number.isNaN(x)) nans++;
        else sorted[numbers++] = x;
      }
      sorted.subarray(0, numbers).sort();
    }
    for (; begin < from; begin++) {
      const x = value[begin] as number;
      if (Number.isNaN(x)) {
        nans--;
        continue;
      }
      const index = lowerBound(x, numbers);
      sorted.copyWithin(index, index + 1, numbers--);
    }
    for (; end < to; end++) {
      const x = value[end] as number;
      if (Number.isNaN(x)) {
        nans++;
        continue;
      }
      const index = lowerBound(x, numbers);
      sorted.copyWithin(index + 1, index, numbers++);
      sorted[index] = x;
    }
    present[k] = to > from ? 1 : 0;
    if (to > from) values[k] = quantileOfSorted(q?.[k] ?? NaN, sorted, numbers, nans);
  }
};
