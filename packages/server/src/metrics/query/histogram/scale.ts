import type { NativeHistogram } from '@vedette/wire/histogram';

/** All counts and the sum multiplied; a negative factor leaves a gauge. */
export function scaled(histogram: NativeHistogram, factor: number): NativeHistogram {
  return {
    ...histogram,
    counterResetHint: factor < 0 ? 'gauge' : histogram.counterResetHint,
    zeroCount: histogram.zeroCount * factor,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    positiveBuckets: histogram.positiveBuckets.map((count) => count * factor),
    negativeBuckets: histogram.negativeBuckets.map((count) => count * factor),
  };
}

/** All counts and the sum divided; division by zero leaves no buckets. */
export function divided(histogram: NativeHistogram, divisor: number): NativeHistogram {
  const bare = divisor === 0;
  return {
    ...histogram,
    counterResetHint: divisor < 0 ? 'gauge' : histogram.counterResetHint,
    zeroCount: histogram.zeroCount / divisor,
    count: histogram.count / divisor,
    sum: histogram.sum / divisor,
    positiveSpans: bare ? [] : histogram.positiveSpans,
    negativeSpans: bare ? [] : histogram.negativeSpans,
    positiveBuckets: bare ? new Float64Array() : histogram.positiveBuckets.map((count) => count / divisor),
    negativeBuckets: bare ? new Float64Array() : histogram.negativeBuckets.map((count) => count / divisor),
  };
}
