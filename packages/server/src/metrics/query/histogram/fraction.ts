import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { allBuckets, fractionBelow } from './buckets.ts';

/** The share of observations between two values; `nans`: observations of NaN are in the count and in no bucket. */
export function histogramFraction(
  lower: number,
  upper: number,
  histogram: NativeHistogram,
): { readonly value: number; readonly nans?: boolean } {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: NaN };
  if (lower >= upper) return { value: 0 };
  const custom = usesCustomBuckets(histogram);
  const buckets = allBuckets(histogram);
  const onlyPositive = histogram.negativeBuckets.length === 0 && histogram.positiveBuckets.length > 0;
  const onlyNegative = histogram.positiveBuckets.length === 0 && histogram.negativeBuckets.length > 0;
  let rank = 0;
  let lowerRank: number | undefined;
  let upperRank: number | undefined;
  let inBuckets = 0;
  for (const { count } of buckets) inBuckets += count;
  for (const bucket of buckets) {
    let { lower: from, upper: to } = bucket;
    const zero = from <= 0 && to >= 0;
    if (zero && onlyPositive) from = 0;
    else if (zero && onlyNegative) to = 0;
    const rankAt = (value: number): number | undefined => {
      if (from >= value) return rank;
      if (to <= value) return undefined;
      // A bucket without a lower end counts whole, one without an upper end not at all.
      if (from === -Infinity) return bucket.count;
      return (
        rank + bucket.count * fractionBelow({ lower: from, upper: to, count: bucket.count }, value, custom || zero)
      );
    };
    lowerRank ??= rankAt(lower);
    upperRank ??= rankAt(upper);
    if (lowerRank !== undefined && upperRank !== undefined) break;
    rank += bucket.count;
  }
  const hasNan = Number.isNaN(histogram.sum);
  const count = hasNan ? inBuckets : histogram.count;
  const share = (Math.min(upperRank ?? count, count) - Math.min(lowerRank ?? count, count)) / histogram.count;
  return hasNan && inBuckets < histogram.count ? { value: share, nans: true } : { value: share };
}
