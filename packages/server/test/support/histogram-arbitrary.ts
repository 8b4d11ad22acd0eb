import { type BucketSpan, type NativeHistogram, CUSTOM_BUCKETS_SCHEMA } from '@vedette/wire/histogram';
import fc from 'fast-check';

/** Histograms as decoders make them, for property tests. */
const hint = fc.constantFrom<NativeHistogram['counterResetHint'][]>('unknown', 'reset', 'not_reset', 'gauge');
const sum = fc.oneof(fc.double(), fc.constant(NaN), fc.constant(-0));

function side(count: fc.Arbitrary<number>): fc.Arbitrary<{ spans: BucketSpan[]; buckets: Float64Array }> {
  const span = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.array(count, { maxLength: 6 }));
  return fc.tuple(fc.integer({ min: -60, max: 60 }), fc.array(span, { maxLength: 4 })).map(([first, spans]) => ({
    spans: spans.map(([gap, counts], i) => ({ offset: i === 0 ? first : gap, length: counts.length })),
    buckets: Float64Array.from(spans.flatMap(([, counts]) => counts)),
  }));
}

function counted(count: fc.Arbitrary<number>): fc.Arbitrary<NativeHistogram> {
  const exponential = fc
    .record({
      schema: fc.integer({ min: -4, max: 8 }),
      counterResetHint: hint,
      zeroThreshold: fc.oneof(fc.constantFrom(0, 2 ** -128, 0.001, 1), fc.double({ min: 0, noNaN: true })),
      zeroCount: count,
      count,
      sum,
      positive: side(count),
      negative: side(count),
    })
    .map(({ positive, negative, ...rest }) => ({
      ...rest,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: new Float64Array(),
    }));
  const custom = fc
    .record({
      counterResetHint: hint,
      count,
      sum,
      positive: side(count),
      bounds: fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 12 }),
    })
    .map(({ positive, bounds, ...rest }) => ({
      ...rest,
      schema: CUSTOM_BUCKETS_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: [],
      negativeBuckets: new Float64Array(),
      customValues: Float64Array.from(bounds).sort(),
    }));
  return fc.oneof(exponential, custom);
}

export const anyHistogram: fc.Arbitrary<NativeHistogram> = fc.oneof(
  counted(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.maxSafeNat())),
  counted(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
);
