import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { type Bucket, allBuckets } from './buckets.ts';

/** What observations of NaN, which are in the count and in no bucket, did to the answer. */
export type NanNote = 'nan-result' | 'nan-skew';

/**
 * The φ-quantile: linear inside custom and zero buckets, exponential inside others. A histogram with buckets on one side only has its zero
 * bucket cut at 0.
 */
export function histogramQuantile(
  q: number,
  histogram: NativeHistogram,
): { readonly value: number; readonly note?: NanNote } {
  if (q < 0) return { value: -Infinity };
  if (q > 1) return { value: Infinity };
  if (histogram.count === 0 || Number.isNaN(q)) return { value: NaN };
  const hasNan = Number.isNaN(histogram.sum);
  const custom = usesCustomBuckets(histogram);
  // From the nearer end, so that rounding adds up less; not past observations of NaN, which lie above all buckets.
  const forward = hasNan || q < 0.5;
  const buckets = allBuckets(histogram);
  if (!forward) buckets.reverse();
  let rank = (forward ? q : 1 - q) * histogram.count;
  let bucket: Bucket = { lower: 0, upper: 0, count: 0 };
  let count = 0;
  let at = 0;
  for (; at < buckets.length; at++) {
    bucket = buckets[at] as Bucket;
    if (bucket.count === 0) continue;
    count += bucket.count;
    if (count >= rank) break;
  }
  let { lower, upper } = bucket;
  if (custom) {
    if (lower === -Infinity) {
      if (upper <= 0) return { value: upper };
      lower = 0;
    } else if (upper === Infinity) {
      return { value: lower };
    }
  } else if (lower < 0 && upper > 0) {
    const [positive, negative] = [histogram.positiveBuckets.length > 0, histogram.negativeBuckets.length > 0];
    if (positive && !negative) lower = 0;
    else if (negative && !positive) upper = 0;
  }
  count = Math.min(count, histogram.count);
  if (count < rank) return hasNan ? { value: NaN, note: 'nan-result' } : { value: upper };
  rank = forward ? rank - (count - bucket.count) : count - rank;
  let skewed = false;
  if (hasNan) {
    for (const rest of buckets.slice(at + 1)) count += rest.count;
    skewed = count < histogram.count;
  }
  const note = skewed ? ({ note: 'nan-skew' } as const) : {};
  const fraction = rank / bucket.count;
  if (custom || (lower <= 0 && upper >= 0)) return { value: lower + (upper - lower) * fraction, ...note };
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  return lower > 0
    ? { value: 2 ** (logLower + (logUpper - logLower) * fraction), ...note }
    : { value: -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction))), ...note };
}
