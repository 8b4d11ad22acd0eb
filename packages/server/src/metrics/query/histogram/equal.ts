import type { BucketSpan, NativeHistogram } from '@vedette/wire/histogram';
import { equalBounds } from './histogram-sum.ts';

/** The same data in the same layout; empty buckets count, counter reset hints do not. NaN equals NaN. */
export function equalHistograms(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    equalBounds(a.customValues, b.customValues) &&
    equalCounts(a.positiveBuckets, b.positiveBuckets) &&
    equalCounts(a.negativeBuckets, b.negativeBuckets) &&
    equalSpans(a.positiveSpans, b.positiveSpans) &&
    equalSpans(a.negativeSpans, b.negativeSpans)
  );
}

function equalCounts(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((count, i) => Object.is(count, b[i]));
}

/** Spans of no length do not matter, nor do spans that follow each other without a gap. */
function equalSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  return places(a) === places(b);
}

function places(spans: readonly BucketSpan[]): string {
  const runs: { from: number; to: number }[] = [];
  let at = 0;
  for (const { offset, length } of spans) {
    at += offset;
    const last = runs.at(-1);
    if (length > 0 && last?.to === at) last.to = at + length;
    else if (length > 0) runs.push({ from: at, to: at + length });
    at += length;
  }
  return runs.map(({ from, to }) => `${from}-${to}`).join(',');
}
