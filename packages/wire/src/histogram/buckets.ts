import { type BucketSpan, type NativeHistogram, usesCustomBuckets } from './native-histogram.ts';

/** One bucket with its bounds; which of them belong to it is said, not implied. */
export interface HistogramBucket {
  readonly lower: number;
  readonly upper: number;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
  readonly count: number;
}

/**
 * Upper bound of the positive bucket `index` of an exponential schema: 2^(index * 2^-schema). The last bucket of finite numbers ends at
 * the largest double, and the one after it at +Inf.
 */
export function exponentialBound(index: number, schema: number): number {
  if (schema < 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const perPower = 2 ** schema;
  const whole = Math.floor(index / perPower);
  if (whole === 1024 && index === 1024 * perPower) return Number.MAX_VALUE;
  // In two factors, so that bounds near the ends of the range neither overflow nor vanish before they must.
  const half = Math.trunc(whole / 2);
  return 2 ** ((index - whole * perPower) / perPower) * 2 ** half * 2 ** (whole - half);
}

/** Bucket indexes of a side with their place in its counts, ascending. */
export function* bucketIndexes(spans: readonly BucketSpan[]): Generator<readonly [index: number, place: number]> {
  let index = 0;
  let place = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) yield [index++, place++];
  }
}

/**
 * All buckets that hold something, from the lowest to the highest; the zero bucket cuts those that reach into it. Exponential buckets
 * include the bound that is farther from zero, custom ones the upper bound.
 */
export function filledBuckets(histogram: NativeHistogram): readonly HistogramBucket[] {
  const buckets: HistogramBucket[] = [];
  const { schema, zeroThreshold, zeroCount, customValues } = histogram;
  if (usesCustomBuckets(histogram)) {
    for (const [index, place] of bucketIndexes(histogram.positiveSpans)) {
      const count = histogram.positiveBuckets[place] as number;
      if (count === 0) continue;
      buckets.push({
        lower: index === 0 ? -Infinity : (customValues[index - 1] as number),
        upper: index >= customValues.length ? Infinity : (customValues[index] as number),
        lowerInclusive: index === 0,
        upperInclusive: true,
        count,
      });
    }
    return buckets;
  }
  for (const [index, place] of bucketIndexes(histogram.negativeSpans)) {
    const count = histogram.negativeBuckets[place] as number;
    if (count === 0) continue;
    buckets.push({
      lower: -exponentialBound(index, schema),
      upper: -Math.max(exponentialBound(index - 1, schema), zeroThreshold),
      lowerInclusive: true,
      upperInclusive: false,
      count,
    });
  }
  buckets.reverse();
  if (zeroCount !== 0) {
    buckets.push({
      lower: -zeroThreshold,
      upper: zeroThreshold,
      lowerInclusive: true,
      upperInclusive: true,
      count: zeroCount,
    });
  }
  for (const [index, place] of bucketIndexes(histogram.positiveSpans)) {
    const count = histogram.positiveBuckets[place] as number;
    if (count === 0) continue;
    buckets.push({
      lower: Math.max(exponentialBound(index - 1, schema), zeroThreshold),
      upper: exponentialBound(index, schema),
      lowerInclusive: false,
      upperInclusive: true,
      count,
    });
  }
  return buckets;
}
