/**
 * The φ-quantile of the first `count` values, which are sorted in place; NaN counts as the smallest value. Values between two samples
 * are weighted averages of both.
 */
export function quantileOf(q: number, values: Float64Array, count: number): number {
  const window = values.subarray(0, count);
  window.sort();
  // Typed arrays sort NaN to the end.
  let numbers = count;
  while (numbers > 0 && Number.isNaN(window[numbers - 1])) numbers--;
  return quantileOfSorted(q, window, numbers, count - numbers);
}

/** The same of `numbers` ascending values and `nans` further ones that are NaN. */
export function quantileOfSorted(q: number, sorted: Float64Array, numbers: number, nans: number): number {
  const count = numbers + nans;
  if (count === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const at = (index: number): number => (index < nans ? NaN : (sorted[index - nans] as number));
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
