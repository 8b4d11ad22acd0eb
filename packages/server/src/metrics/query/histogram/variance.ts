import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { allBuckets } from './buckets.ts';

/** Variance (population) with every observation at the middle of its bucket: geometric for exponential buckets, 0 for the zero bucket. */
export function histogramVariance(histogram: NativeHistogram): number {
  const custom = usesCustomBuckets(histogram);
  const mean = histogram.sum / histogram.count;
  let sum = 0;
  let lost = 0;
  for (const { lower, upper, count } of allBuckets(histogram)) {
    if (count === 0) continue;
    let value = 0;
    if (custom) value = (upper + lower) / 2;
    else if (lower > 0 || upper < 0) value = Math.sign(upper) * Math.sqrt(upper * lower);
    const part = count * (value - mean) * (value - mean);
    const next = sum + part;
    if (next === Infinity || next === -Infinity) lost = 0;
    else lost += Math.abs(sum) >= Math.abs(part) ? sum - next + part : part - next + sum;
    sum = next;
  }
  return (sum + lost) / histogram.count;
}
