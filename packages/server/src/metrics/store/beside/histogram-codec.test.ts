import { type BucketSpan, type NativeHistogram, CUSTOM_BUCKETS_SCHEMA } from '@vedette/wire/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../../../base/errors.ts';
import { ByteCursor } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import { decodeHistogram, encodeHistogram } from './histogram-codec.ts';

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

const anyHistogram: fc.Arbitrary<NativeHistogram> = fc.oneof(
  counted(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.maxSafeNat())),
  counted(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
);

function encoded(histogram: NativeHistogram, previous?: NativeHistogram): Uint8Array {
  const sink = new ByteSink();
  encodeHistogram(histogram, sink, previous);
  return Uint8Array.from(sink.view());
}

describe('histogram codec', () => {
  it('gives back every histogram: integers, floats, both sides, custom bounds, sums of NaN', () => {
    fc.assert(
      fc.property(anyHistogram, (histogram) => {
        const cursor = new ByteCursor(encoded(histogram));
        expect(decodeHistogram(cursor)).toEqual(histogram);
        expect(cursor.left).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('gives back every histogram against any other before it', () => {
    fc.assert(
      fc.property(anyHistogram, anyHistogram, fc.boolean(), (previous, other, grows) => {
        const histogram: NativeHistogram = grows
          ? { ...previous, count: previous.count + 3, zeroCount: previous.zeroCount, sum: other.sum }
          : other;
        const cursor = new ByteCursor(encoded(histogram, previous));
        expect(decodeHistogram(cursor, previous)).toEqual(histogram);
        expect(cursor.left).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a quarter of the bytes when little changed since the histogram before', () => {
    const buckets = Float64Array.from({ length: 60 }, (_, i) => 1_000_000 + i * i * 37);
    const count = buckets.reduce((sum, bucket) => sum + bucket, 0);
    const before: NativeHistogram = {
      schema: 3,
      counterResetHint: 'unknown',
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count,
      sum: 12.5,
      positiveSpans: [{ offset: -20, length: 60 }],
      positiveBuckets: buckets,
      negativeSpans: [],
      negativeBuckets: new Float64Array(),
      customValues: new Float64Array(),
    };
    const after = { ...before, count: count + 60, positiveBuckets: buckets.map((bucket) => bucket + 1) };
    expect(encoded(after, before).length).toBeLessThan(80);
    expect(encoded(before).length).toBeLessThan(200);
  });

  it('refuses any other bytes without reading beyond them or making room for more than they can hold', () => {
    const previous = { ...fc.sample(anyHistogram, { numRuns: 1, seed: 7 })[0] } as NativeHistogram;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, knows) => {
        try {
          const histogram = decodeHistogram(new ByteCursor(bytes), knows ? previous : undefined);
          expect(histogram.positiveBuckets.length + histogram.negativeBuckets.length).toBeLessThan(1_000);
        } catch (error) {
          expect(isVedetteError(error, 'DATA_DIR_INVALID')).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses changed and cut bytes of real histograms, or reads another histogram from them', () => {
    fc.assert(
      fc.property(anyHistogram, fc.nat(), fc.nat(255), fc.nat(), (histogram, place, byte, cut) => {
        const bytes = encoded(histogram);
        bytes[place % bytes.length] = byte;
        try {
          decodeHistogram(new ByteCursor(bytes.subarray(0, cut % (bytes.length + 1))));
        } catch (error) {
          expect(isVedetteError(error, 'DATA_DIR_INVALID')).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps a custom histogram without bounds', () => {
    const histogram: NativeHistogram = {
      schema: CUSTOM_BUCKETS_SCHEMA,
      counterResetHint: 'gauge',
      zeroThreshold: 0,
      zeroCount: 0,
      count: 3,
      sum: 1,
      positiveSpans: [{ offset: 0, length: 1 }],
      positiveBuckets: Float64Array.of(3),
      negativeSpans: [],
      negativeBuckets: new Float64Array(),
      customValues: new Float64Array(),
    };
    expect(decodeHistogram(new ByteCursor(encoded(histogram)))).toEqual(histogram);
  });
});
