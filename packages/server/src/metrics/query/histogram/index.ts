/**
 * Arithmetic of native histograms: sums, differences, quantiles, trimming, counter resets.
 * In and out: the immutable `NativeHistogram` of the wire package. Buckets are worked on as ascending lists of index and count; empty
 * ones are left out of every result. Follows prometheus.io/docs/specs/native_histograms; called by the operators in `exec/` and by `functions/`.
 */
export { type Bucket, type SparseBuckets, allBuckets, bucketsOf, negativeBuckets, positiveBuckets } from './buckets.ts';
export { divided, scaled } from './scale.ts';
export { HistogramSum, INCOMPATIBLE_SCHEMAS, addHistograms, subtractHistograms } from './histogram-sum.ts';
export { HistogramMean } from './histogram-mean.ts';
export { detectReset } from './detect-reset.ts';
export { equalHistograms } from './equal.ts';
export { histogramQuantile } from './quantile.ts';
export { histogramFraction } from './fraction.ts';
export { histogramVariance } from './variance.ts';
export { trimmed } from './trim.ts';
export { formatHistogram } from './format.ts';
