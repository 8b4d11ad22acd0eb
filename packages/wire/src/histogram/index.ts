/**
 * Native histograms: the one shape in which decoders hand them over, stores keep them and queries compute with them.
 * In: what a decoder made of bytes. Out: a verdict whether it can be stored.
 */
export {
  type BucketSpan,
  type CounterResetHint,
  type NativeHistogram,
  CUSTOM_BUCKETS_SCHEMA,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  HISTOGRAM_BUCKETS_MAX,
  histogramFault,
  usesCustomBuckets,
} from './native-histogram.ts';
export { reduceResolution } from './reduce-resolution.ts';
export { type HistogramBucket, bucketIndexes, exponentialBound, filledBuckets } from './buckets.ts';
