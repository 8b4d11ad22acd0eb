import type { BucketSpan, NativeHistogram } from './native-histogram.ts';

/**
 * The same histogram in a coarser exponential schema: 2^(schema - to) neighbours become one bucket. Both schemas are exponential,
 * `to` is not above the histogram's own, and its spans hold exactly its buckets. Source: native histograms, section "Schema".
 */
export function reduceResolution(histogram: NativeHistogram, to: number): NativeHistogram {
  const factor = 2 ** (histogram.schema - to);
  if (factor === 1) return histogram;
  const positive = merged(histogram.positiveSpans, histogram.positiveBuckets, factor);
  const negative = merged(histogram.negativeSpans, histogram.negativeBuckets, factor);
  return {
    ...histogram,
    schema: to,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

function merged(
  spans: readonly BucketSpan[],
  buckets: Float64Array,
  factor: number,
): { readonly spans: readonly BucketSpan[]; readonly buckets: Float64Array } {
  const counts: number[] = [];
  const made: { offset: number; length: number }[] = [];
  let next = 0;
  let at = 0;
  let last: number | undefined;
  for (const { offset, length } of spans) {
    at += offset;
    for (let i = 0; i < length; i++, at++) {
      // Bucket i ends at base^i, so the coarse one that holds it ends at or after that.
      const index = Math.floor((at - 1) / factor) + 1;
      const count = buckets[next++] as number;
      if (index === last) {
        counts[counts.length - 1] = (counts.at(-1) as number) + count;
        continue;
      }
      const span = made.at(-1);
      if (span !== undefined && last !== undefined && index === last + 1) span.length++;
      else made.push({ offset: last === undefined ? index : index - last - 1, length: 1 });
      counts.push(count);
      last = index;
    }
  }
  return { spans: made, buckets: new Float64Array(counts) };
}
