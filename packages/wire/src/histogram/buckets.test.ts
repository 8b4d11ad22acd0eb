import { describe, expect, it } from 'vitest';
import { exponentialBound, filledBuckets } from './buckets.ts';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from './native-histogram.ts';

const EMPTY: NativeHistogram = {
  schema: 0,
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

describe('bounds of exponential buckets', () => {
  it.each([
    [0, 0, 1],
    [3, 0, 8],
    [-1, 0, 0.5],
    [8, 3, 2],
    [1, -2, 16],
    [-1, -2, 1 / 16],
    [1024, 0, Number.MAX_VALUE],
    [1025, 0, Infinity],
    [1024 * 256, 8, Number.MAX_VALUE],
    [1024 * 256 + 1, 8, Infinity],
    [256, -2, Number.MAX_VALUE],
    [-1074, 0, Number.MIN_VALUE],
  ])('bucket %i of schema %i ends at %f', (index, schema, bound) => {
    expect(exponentialBound(index, schema)).toBe(bound);
  });
});

describe('filled buckets', () => {
  it('go from the lowest to the highest, with the zero bucket between and cutting its neighbours', () => {
    const histogram: NativeHistogram = {
      ...EMPTY,
      zeroThreshold: 0.75,
      zeroCount: 3,
      positiveSpans: [
        { offset: 0, length: 2 },
        { offset: 1, length: 1 },
      ],
      positiveBuckets: Float64Array.of(1, 0, 4),
      negativeSpans: [{ offset: 1, length: 2 }],
      negativeBuckets: Float64Array.of(5, 6),
    };
    expect(
      filledBuckets(histogram).map((b) => [b.lowerInclusive, b.lower, b.upper, b.upperInclusive, b.count]),
    ).toEqual([
      [true, -4, -2, false, 6],
      [true, -2, -1, false, 5],
      [true, -0.75, 0.75, true, 3],
      [false, 0.75, 1, true, 1],
      [false, 4, 8, true, 4],
    ]);
  });

  it('of custom bounds reach to both infinities', () => {
    const histogram: NativeHistogram = {
      ...EMPTY,
      schema: CUSTOM_BUCKETS_SCHEMA,
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: Float64Array.of(1, 2, 3),
      customValues: Float64Array.of(0.1, 5),
    };
    expect(
      filledBuckets(histogram).map((b) => [b.lowerInclusive, b.lower, b.upper, b.upperInclusive, b.count]),
    ).toEqual([
      [true, -Infinity, 0.1, true, 1],
      [false, 0.1, 5, true, 2],
      [false, 5, Infinity, true, 3],
    ]);
  });
});
