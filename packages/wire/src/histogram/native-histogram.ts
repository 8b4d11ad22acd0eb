/** Schema of a histogram whose bucket bounds are listed (`customValues`) instead of computed. */
export const CUSTOM_BUCKETS_SCHEMA = -53;
/** Exponential schemas that Prometheus stores; bounds grow by 2^(2^-schema). */
export const EXPONENTIAL_SCHEMA_MIN = -4;
export const EXPONENTIAL_SCHEMA_MAX = 8;

/**
 * What is known about a counter reset between the sample before and this one. `gauge`: the histogram may go down, resets have no
 * meaning.
 */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** `length` buckets that follow each other, `offset` after the end of the span before (for the first one: the absolute index). */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/**
 * A native histogram, always with floating point counts: integer histograms convert without loss up to 2^53. Buckets are absolute
 * counts (never deltas, never cumulative), sparse by spans. Bucket i of an exponential schema covers (base^(i-1), base^i], the
 * negative ones mirrored; bucket i of custom buckets covers (customValues[i-1], customValues[i]], with -Inf and +Inf at the ends.
 * Immutable: operations make new ones. Source: prometheus.io/docs/specs/native_histograms.
 */
export interface NativeHistogram {
  readonly schema: number;
  readonly counterResetHint: CounterResetHint;
  /** Width of the zero bucket: [-zeroThreshold, zeroThreshold]. 0 with custom buckets. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly positiveBuckets: Float64Array;
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeBuckets: Float64Array;
  /** Upper bounds, strictly rising, finite; only with CUSTOM_BUCKETS_SCHEMA, otherwise empty. */
  readonly customValues: Float64Array;
}

export function usesCustomBuckets(histogram: { readonly schema: number }): boolean {
  return histogram.schema === CUSTOM_BUCKETS_SCHEMA;
}

/** Buckets of one histogram, both sides together; exporters send up to 160, upstream's own limit is per scrape configuration. */
export const HISTOGRAM_BUCKETS_MAX = 10_000;
const COUNT_TOLERANCE = 1e-6;

/**
 * What makes the histogram unfit to be stored, in words; undefined when it is valid. Buckets must add up to the count where all of them are
 * whole numbers: Prometheus demands it of integer histograms and not of those with floating point counts. `anyCount` demands it of none.
 */
export function histogramFault(
  histogram: NativeHistogram,
  options: { readonly anyCount?: boolean } = {},
): string | undefined {
  const { schema, customValues } = histogram;
  if (usesCustomBuckets(histogram)) {
    for (let i = 0; i < customValues.length; i++) {
      const bound = customValues[i] as number;
      if (!Number.isFinite(bound)) return `custom bucket bound ${i} is ${bound}; bounds must be finite`;
      if (i > 0 && bound <= (customValues[i - 1] as number))
        return `custom bucket bounds must rise strictly, and bound ${i} (${bound}) does not`;
    }
    if (histogram.zeroCount !== 0 || histogram.zeroThreshold !== 0)
      return 'a histogram with custom buckets has no zero bucket';
    if (histogram.negativeSpans.length > 0 || histogram.negativeBuckets.length > 0)
      return 'a histogram with custom buckets has no negative buckets';
  } else {
    if (!Number.isInteger(schema) || schema < EXPONENTIAL_SCHEMA_MIN || schema > EXPONENTIAL_SCHEMA_MAX)
      return `schema ${schema} is none of ${EXPONENTIAL_SCHEMA_MIN} … ${EXPONENTIAL_SCHEMA_MAX} and ${CUSTOM_BUCKETS_SCHEMA}`;
    if (customValues.length > 0) return 'custom bucket bounds belong to schema -53 only';
    if (!(histogram.zeroThreshold >= 0)) return `the zero threshold ${histogram.zeroThreshold} is negative`;
    if (!(histogram.zeroCount >= 0)) return `the count of the zero bucket is ${histogram.zeroCount}`;
  }
  if (!(histogram.count >= 0)) return `the count is ${histogram.count}`;
  const positive = sideFault('positive', histogram.positiveSpans, histogram.positiveBuckets);
  if (positive !== undefined) return positive;
  const negative = sideFault('negative', histogram.negativeSpans, histogram.negativeBuckets);
  if (negative !== undefined) return negative;
  if (usesCustomBuckets(histogram) && endOf(histogram.positiveSpans) > customValues.length + 1)
    return `there are more buckets than the ${customValues.length + 1} that ${customValues.length} bounds make`;
  if (histogram.positiveBuckets.length + histogram.negativeBuckets.length > HISTOGRAM_BUCKETS_MAX)
    return `more than ${HISTOGRAM_BUCKETS_MAX} buckets`;
  if (options.anyCount || !hasWholeCounts(histogram)) return undefined;
  const observed = histogram.zeroCount + total(histogram.positiveBuckets) + total(histogram.negativeBuckets);
  // Observations of NaN are in the count and in no bucket; then the sum is NaN.
  const tolerance = COUNT_TOLERANCE * Math.max(1, observed);
  const fits = Number.isNaN(histogram.sum)
    ? observed <= histogram.count + tolerance
    : Math.abs(observed - histogram.count) <= tolerance;
  return fits ? undefined : `the buckets hold ${observed} observations and the count is ${histogram.count}`;
}

function hasWholeCounts({ count, zeroCount, positiveBuckets, negativeBuckets }: NativeHistogram): boolean {
  if (!Number.isInteger(count) || !Number.isInteger(zeroCount)) return false;
  return positiveBuckets.every(Number.isInteger) && negativeBuckets.every(Number.isInteger);
}

function sideFault(side: string, spans: readonly BucketSpan[], buckets: Float64Array): string | undefined {
  let declared = 0;
  for (const [i, span] of spans.entries()) {
    if (!Number.isInteger(span.offset) || !Number.isInteger(span.length) || span.length < 0)
      return `${side} span ${i} is no pair of whole numbers`;
    if (i > 0 && span.offset < 0) return `${side} span ${i} has the negative offset ${span.offset}`;
    declared += span.length;
  }
  if (declared !== buckets.length)
    return `the ${side} spans declare ${declared} buckets and ${buckets.length} are given`;
  for (let i = 0; i < buckets.length; i++) {
    if (!((buckets[i] as number) >= 0)) return `${side} bucket ${i} has the count ${buckets[i]}`;
  }
  return undefined;
}

function endOf(spans: readonly BucketSpan[]): number {
  return spans.reduce((at, span) => at + span.offset + span.length, 0);
}

function total(buckets: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < buckets.length; i++) sum += buckets[i] as number;
  return sum;
}
