import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { type Bucket, bucketsOf, fractionBelow, negativeBuckets, positiveBuckets, toSpans } from './buckets.ts';

/** What stays of a bucket, and the value its observations are taken to have. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

/**
 * The observations at or below the value (`</`, `keep` = 'below') or above it (`>/`). A bucket that holds the value is cut by interpolation;
 * count and sum are estimated anew as soon as anything was taken away.
 */
export function trimmed(histogram: NativeHistogram, value: number, keep: 'below' | 'above'): NativeHistogram {
  const custom = usesCustomBuckets(histogram);
  let count = 0;
  let sum = 0;
  let changed = false;
  const trimSide = (side: 'positive' | 'negative'): number[] =>
    bucketsOf(histogram, side).map((bucket) => {
      if (bucket.count === 0) return 0;
      const kept = keptOf(bucket, value, keep, side === 'positive', custom);
      changed ||= kept.count !== bucket.count;
      count += kept.count;
      if (kept.count !== 0) sum += kept.middle * kept.count;
      return kept.count;
    });
  const positive = trimSide('positive');
  const negative = trimSide('negative').reverse();
  const populated = (counts: Float64Array): boolean => counts.some((here) => here !== 0);
  let { zeroCount } = histogram;
  if (zeroCount > 0) {
    const kept = keptOfZero(
      { lower: -histogram.zeroThreshold, upper: histogram.zeroThreshold, count: zeroCount },
      value,
      keep,
      populated(histogram.negativeBuckets),
      populated(histogram.positiveBuckets),
    );
    changed ||= kept.count !== zeroCount;
    zeroCount = kept.count;
    count += kept.count;
    sum += kept.middle * kept.count;
  }
  if (!changed) return histogram;
  const positiveSide = toSpans({ index: positiveBuckets(histogram).index, count: positive });
  const negativeSide = toSpans({ index: negativeBuckets(histogram).index, count: negative });
  return {
    ...histogram,
    zeroCount,
    count,
    sum,
    positiveSpans: positiveSide.spans,
    positiveBuckets: positiveSide.buckets,
    negativeSpans: negativeSide.spans,
    negativeBuckets: negativeSide.buckets,
  };
}

function keptOf(bucket: Bucket, value: number, keep: 'below' | 'above', positive: boolean, custom: boolean): Kept {
  const { lower, upper, count } = bucket;
  const whole = keep === 'below' ? upper <= value : lower >= value;
  if (whole) return { count, middle: middleOf(lower, upper, positive, custom) };
  const none = keep === 'below' ? lower >= value : upper <= value;
  if (none) return { count: 0, middle: 0 };
  if (lower === -Infinity || upper === Infinity) return keptOfEndless(bucket, value, keep);
  const below = count * fractionBelow(bucket, value, custom);
  return keep === 'below'
    ? { count: below, middle: middleOf(lower, value, positive, custom) }
    : { count: count - below, middle: middleOf(value, upper, positive, custom) };
}

/** A bucket without an end that holds the value: how its observations are spread is not known. */
function keptOfEndless({ lower, upper, count }: Bucket, value: number, keep: 'below' | 'above'): Kept {
  if (lower === -Infinity) {
    // A first bucket with a positive bound is taken to begin at 0, as in quantiles.
    const fromZero = upper > 0 && upper !== Infinity;
    if (keep === 'below') {
      if (value > 0 && fromZero) return { count: (count * value) / upper, middle: value / 2 };
      return upper <= 0 ? { count, middle: value } : { count: 0, middle: 0 };
    }
    return value >= 0 && fromZero
      ? { count: count * (1 - value / upper), middle: (value + upper) / 2 }
      : { count: 0, middle: 0 };
  }
  return keep === 'above' && value >= lower ? { count, middle: value } : { count: 0, middle: 0 };
}

function keptOfZero(
  { lower, upper, count }: Bucket,
  value: number,
  keep: 'below' | 'above',
  hasNegative: boolean,
  hasPositive: boolean,
): Kept {
  const from = hasPositive && !hasNegative ? 0 : lower;
  const to = hasNegative && !hasPositive ? 0 : upper;
  const all = { count, middle: (from + to) / 2 };
  const nothing = { count: 0, middle: 0 };
  if (value <= from) return keep === 'below' ? nothing : all;
  if (value >= to) return keep === 'below' ? all : nothing;
  return keep === 'below'
    ? { count: (count * (value - from)) / (to - from), middle: (from + value) / 2 }
    : { count: (count * (to - value)) / (to - from), middle: (value + to) / 2 };
}

function middleOf(lower: number, upper: number, positive: boolean, linear: boolean): number {
  const [noLower, noUpper] = [!Number.isFinite(lower), !Number.isFinite(upper)];
  if (noLower && noUpper) return 0;
  if (noLower) return upper > 0 ? upper / 2 : upper;
  if (noUpper) return lower;
  if (linear) return (lower + upper) / 2;
  const geometric = Math.sqrt(Math.abs(lower * upper));
  return positive ? geometric : -geometric;
}
