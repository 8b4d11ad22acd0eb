import type { NativeHistogram } from '@vedette/wire/histogram';
import { Labels } from '../../src/model/labels.ts';
import type { SampleBatch } from '../../src/model/sample.ts';

/** A histogram with the count `n + 1`. */
function histogramOf(n: number): NativeHistogram {
  return {
    schema: 2,
    counterResetHint: 'unknown',
    zeroThreshold: 0,
    zeroCount: 0,
    count: n + 1,
    sum: n,
    positiveSpans: [{ offset: 1, length: 1 }],
    positiveBuckets: Float64Array.of(n + 1),
    negativeSpans: [],
    negativeBuckets: new Float64Array(),
    customValues: new Float64Array(),
  };
}

/** Number n of a series: a float at `atMs`, a histogram one millisecond later, both started at n, and an exemplar. */
export function besideBatch(series: Labels, n: number, atMs: number): SampleBatch {
  return {
    series: [series],
    seriesIndex: new Uint32Array(1),
    timestampMs: Float64Array.of(atMs),
    value: Float64Array.of(n),
    startTimestampMs: Float64Array.of(n + 1),
    histograms: {
      seriesIndex: new Uint32Array(1),
      timestampMs: Float64Array.of(atMs + 1),
      startTimestampMs: Float64Array.of(n + 1),
      value: [histogramOf(n)],
    },
    exemplars: [{ seriesIndex: 0, labels: Labels.fromObject({ trace_id: `t${n}` }), timestampMs: atMs, value: n }],
  };
}
