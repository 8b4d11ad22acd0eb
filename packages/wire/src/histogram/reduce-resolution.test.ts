import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NativeHistogram, histogramFault, reduceResolution } from './index.ts';

const empty: NativeHistogram = {
  schema: 2,
  counterResetHint: 'unknown',
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positiveSpans: [],
  positiveBuckets: new Float64Array(),
  negativeSpans: [],
  negativeBuckets: new Float64Array(),
  customValues: new Float64Array(),
};

function counts(histogram: NativeHistogram): Map<number, number> {
  const found = new Map<number, number>();
  let at = 0;
  let next = 0;
  for (const { offset, length } of histogram.positiveSpans) {
    at += offset;
    for (let i = 0; i < length; i++) found.set(at++, histogram.positiveBuckets[next++] as number);
  }
  return found;
}

describe('reduceResolution', () => {
  it('merges neighbours: schema 2 to 1 puts buckets 1 and 2 together, and -1 and 0', () => {
    const reduced = reduceResolution(
      { ...empty, count: 10, positiveSpans: [{ offset: -1, length: 4 }], positiveBuckets: Float64Array.of(1, 2, 3, 4) },
      1,
    );
    expect(reduced.schema).toBe(1);
    expect(counts(reduced)).toEqual(
      new Map([
        [0, 3],
        [1, 7],
      ]),
    );
  });

  it('keeps every observation in the bucket that holds its old one', () => {
    const bucket = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(
        fc.integer({ min: -20, max: 20 }),
        fc.array(bucket, { maxLength: 6 }),
        fc.nat(4),
        (first, gaps, by) => {
          const positiveSpans = gaps.map(([offset, length], i) => ({ offset: i === 0 ? first : offset, length }));
          const size = positiveSpans.reduce((sum, { length }) => sum + length, 0);
          const positiveBuckets = Float64Array.from({ length: size }, (_, i) => i + 1);
          const count = positiveBuckets.reduce((sum, one) => sum + one, 0);
          const histogram = { ...empty, count, positiveSpans, positiveBuckets };
          const reduced = reduceResolution(histogram, histogram.schema - by);
          expect(histogramFault(reduced)).toBeUndefined();
          const expected = new Map<number, number>();
          for (const [index, n] of counts(histogram)) {
            const coarse = Math.ceil(index / 2 ** by);
            expected.set(coarse, (expected.get(coarse) ?? 0) + n);
          }
          expect(counts(reduced)).toEqual(expected);
        },
      ),
    );
  });
});
