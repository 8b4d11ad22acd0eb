import { describe, expect, it } from 'vitest';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram, histogramFault } from './native-histogram.ts';

const exponential: NativeHistogram = {
  schema: 1,
  counterResetHint: 'unknown',
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 9,
  sum: 18.4,
  positiveSpans: [
    { offset: 0, length: 2 },
    { offset: 3, length: 1 },
  ],
  positiveBuckets: Float64Array.of(1, 2, 3),
  negativeSpans: [{ offset: -2, length: 1 }],
  negativeBuckets: Float64Array.of(1),
  customValues: new Float64Array(),
};
const custom: NativeHistogram = {
  ...exponential,
  schema: CUSTOM_BUCKETS_SCHEMA,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 6,
  positiveSpans: [{ offset: 0, length: 3 }],
  negativeSpans: [],
  negativeBuckets: new Float64Array(),
  customValues: Float64Array.of(0.1, 1),
};

describe('histogramFault', () => {
  it('accepts exponential and custom buckets', () => {
    expect(histogramFault(exponential)).toBeUndefined();
    expect(histogramFault(custom)).toBeUndefined();
  });

  it('accepts observations of NaN, which are in the count alone', () => {
    expect(histogramFault({ ...exponential, count: 11, sum: NaN })).toBeUndefined();
    expect(histogramFault({ ...exponential, count: 8, sum: NaN })).toMatch(/hold 9 observations and the count is 8/);
  });

  it('takes any count when asked to, and nothing else', () => {
    expect(histogramFault({ ...exponential, count: 100 }, { anyCount: true })).toBeUndefined();
    expect(histogramFault({ ...exponential, count: -1 }, { anyCount: true })).toMatch(/the count is -1/);
  });

  it('demands no sum of counts that are not whole numbers, which rounding may have changed', () => {
    expect(histogramFault({ ...exponential, count: 9.5 })).toBeUndefined();
    expect(histogramFault({ ...exponential, positiveBuckets: Float64Array.of(1, 2, 3.25) })).toBeUndefined();
  });

  it.each<[string, NativeHistogram, RegExp]>([
    ['an unknown schema', { ...exponential, schema: 9 }, /schema 9/],
    ['spans that promise more buckets', { ...exponential, positiveSpans: [{ offset: 0, length: 4 }] }, /declare 4/],
    [
      'a span that goes back',
      {
        ...exponential,
        positiveSpans: [
          { offset: 0, length: 1 },
          { offset: -1, length: 2 },
        ],
      },
      /negative offset/,
    ],
    ['a negative count', { ...exponential, positiveBuckets: Float64Array.of(1, -2, 3) }, /bucket 1 has the count -2/],
    ['buckets that do not add up', { ...exponential, count: 10 }, /the count is 10/],
    ['bounds that fall', { ...custom, customValues: Float64Array.of(1, 0.1) }, /rise strictly/],
    ['more buckets than bounds', { ...custom, customValues: Float64Array.of(1) }, /more buckets than the 2/],
    ['a zero bucket beside custom ones', { ...custom, zeroCount: 1 }, /no zero bucket/],
  ])('refuses %s', (_name, histogram, reason) => {
    expect(histogramFault(histogram)).toMatch(reason);
  });
});
