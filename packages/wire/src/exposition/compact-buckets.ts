import type { BucketSpan, NativeHistogram } from '../histogram/index.ts';

/** The same histogram without empty buckets and spans. Its spans hold exactly its buckets. */
export function compactBuckets(histogram: NativeHistogram): NativeHistogram {
  const positive = compactSide(histogram.positiveSpans, histogram.positiveBuckets);
  const negative = compactSide(histogram.negativeSpans, histogram.negativeBuckets);
  return {
    ...histogram,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}

function compactSide(
  spans: readonly BucketSpan[],
  buckets: Float64Array,
): { readonly spans: readonly BucketSpan[]; readonly counts: Float64Array } {
  if (
    buckets.every((count) => count !== 0) &&
    spans.every(({ offset, length }, i) => length > 0 && (i === 0 || offset > 0))
  )
    return { spans, counts: buckets };
  const made: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let index = 0;
  let place = 0;
  /** Index after the last bucket kept. */
  let next = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++, place++) {
      const count = buckets[place] as number;
      if (count === 0) continue;
      const last = made.at(-1);
      if (last && index === next) last.length++;
      else made.push({ offset: index - next, length: 1 });
      next = index + 1;
      counts.push(count);
    }
  }
  return { spans: made, counts: Float64Array.from(counts) };
}
