import {
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  type NativeHistogram,
  reduceResolution,
  usesCustomBuckets,
} from '@vedette/wire/histogram';
import { compactBuckets } from '@vedette/wire/exposition';
import { LimitExceeded } from './page-source.ts';

export interface HistogramLimits {
  /** native_histogram_bucket_limit; 0 means none. */
  readonly bucketLimit: number;
  /** Finest schema that is stored, from native_histogram_min_bucket_factor. */
  readonly schemaMax: number;
}

/** The finest schema whose buckets are at least `factor` apart; 0 means no limit. Source: native_histogram_min_bucket_factor. */
export function schemaOfFactor(factor: number): number {
  if (factor <= 1) return EXPONENTIAL_SCHEMA_MAX;
  // Minus zero is no schema.
  const schema = Math.floor(0 - Math.log2(Math.log2(factor)));
  return Math.min(Math.max(schema, EXPONENTIAL_SCHEMA_MIN), EXPONENTIAL_SCHEMA_MAX);
}

/** Merges buckets until the histogram is within the limits. Throws LimitExceeded when that cannot be. */
export function limitHistogram(histogram: NativeHistogram, limits: HistogramLimits, series: string): NativeHistogram {
  let fitting = histogram;
  if (!usesCustomBuckets(fitting) && fitting.schema > limits.schemaMax)
    fitting = compactBuckets(reduceResolution(fitting, limits.schemaMax));
  if (limits.bucketLimit === 0) return fitting;
  while (bucketsOf(fitting) > limits.bucketLimit) {
    if (usesCustomBuckets(fitting) || fitting.schema <= EXPONENTIAL_SCHEMA_MIN) {
      throw new LimitExceeded(
        'native_histogram_bucket_limit',
        `: ${series.slice(0, 200)} has ${bucketsOf(fitting)} buckets, limit ${limits.bucketLimit}`,
      );
    }
    fitting = compactBuckets(reduceResolution(fitting, fitting.schema - 1));
  }
  return fitting;
}

function bucketsOf(histogram: NativeHistogram): number {
  return histogram.positiveBuckets.length + histogram.negativeBuckets.length;
}
