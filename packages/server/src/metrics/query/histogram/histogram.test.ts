import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram, histogramFault } from '@vedette/wire/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INCOMPATIBLE_SCHEMAS,
  addHistograms,
  detectReset,
  divided,
  equalHistograms,
  histogramFraction,
  histogramQuantile,
  histogramVariance,
  negativeBuckets,
  positiveBuckets,
  scaled,
  subtractHistograms,
  trimmed,
} from './index.ts';

/** Histograms as a client makes them: whole counts that add up, and no counter reset told. */
function counts(indexes: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyMap<number, number>> {
  return fc
    .array(fc.tuple(indexes, fc.integer({ min: 1, max: 1000 })), { maxLength: 8 })
    .map((entries) => new Map(entries.sort(([a], [b]) => a - b)));
}

function made(
  schema: number,
  positive: ReadonlyMap<number, number>,
  negative: ReadonlyMap<number, number>,
  rest: { readonly zeroThreshold: number; readonly zeroCount: number; readonly customValues: Float64Array },
): NativeHistogram {
  const side = (buckets: ReadonlyMap<number, number>) => {
    let end = 0;
    return {
      spans: [...buckets.keys()].map((index) => {
        const span = { offset: index - end, length: 1 };
        end = index + 1;
        return span;
      }),
      buckets: Float64Array.from(buckets.values()),
    };
  };
  const above = side(positive);
  const below = side(negative);
  const total = [...positive.values(), ...negative.values()].reduce((sum, count) => sum + count, rest.zeroCount);
  return {
    schema,
    counterResetHint: 'unknown',
    count: total,
    sum: total * 2,
    positiveSpans: above.spans,
    positiveBuckets: above.buckets,
    negativeSpans: below.spans,
    negativeBuckets: below.buckets,
    ...rest,
  };
}

const NONE = new Float64Array();
const bucketIndex = fc.integer({ min: -20, max: 20 });
/** Without a zero bucket, so that joining is exact whatever the order. */
const exponential = fc
  .tuple(fc.integer({ min: -2, max: 4 }), counts(bucketIndex), counts(bucketIndex))
  .map(([schema, positive, negative]) =>
    made(schema, positive, negative, { zeroThreshold: 0, zeroCount: 0, customValues: NONE }),
  );
/** The zero bucket is narrower than any other bucket is near to zero, as with every client. */
const withZero = fc
  .tuple(
    fc.integer({ min: 0, max: 4 }),
    counts(bucketIndex),
    counts(bucketIndex),
    fc.nat(50),
    fc.constantFrom(0, 2 ** -40, 2 ** -30),
  )
  .map(([schema, positive, negative, zeroCount, zeroThreshold]) =>
    made(schema, positive, negative, { zeroThreshold, zeroCount, customValues: NONE }),
  );
const BOUNDS = [-1, 0, 0.5, 1, 2, 5, 10];
const custom = fc
  .tuple(counts(fc.integer({ min: 0, max: 3 })), fc.subarray(BOUNDS, { minLength: 3 }))
  .map(([positive, bounds]) =>
    made(CUSTOM_BUCKETS_SCHEMA, positive, new Map(), {
      zeroThreshold: 0,
      zeroCount: 0,
      customValues: Float64Array.from(bounds),
    }),
  );
const any = fc.oneof(exponential, withZero, custom);
/** Two or three that can be joined. */
const pair = fc.oneof(fc.tuple(exponential, exponential), fc.tuple(withZero, withZero), fc.tuple(custom, custom));
const three = fc.oneof(fc.tuple(exponential, exponential, exponential), fc.tuple(custom, custom, custom));

function plus(a: NativeHistogram, b: NativeHistogram): NativeHistogram {
  const sum = addHistograms(a, b);
  if (sum === INCOMPATIBLE_SCHEMAS) throw new Error('the two cannot be joined');
  return sum.histogram;
}

function minus(a: NativeHistogram, b: NativeHistogram): NativeHistogram {
  const difference = subtractHistograms(a, b);
  if (difference === INCOMPATIBLE_SCHEMAS) throw new Error('the two cannot be joined');
  return difference.histogram;
}

/** What a histogram says, however its spans are cut. */
function content(histogram: NativeHistogram): unknown {
  const full = ({ index, count }: ReturnType<typeof positiveBuckets>) =>
    index.map((at, i) => [at, count[i]]).filter(([, count]) => count !== 0);
  const { schema, count, sum, zeroCount, zeroThreshold } = histogram;
  const custom = [...histogram.customValues];
  return {
    schema,
    count,
    sum,
    zeroCount,
    zeroThreshold,
    custom,
    above: full(positiveBuckets(histogram)),
    below: full(negativeBuckets(histogram)),
  };
}

describe('native histograms', () => {
  it('hold after an addition what both held', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const sum = plus(a, b);
        expect(sum.count).toBe(a.count + b.count);
        expect(sum.sum).toBe(a.sum + b.sum);
        expect(histogramFault(sum)).toBeUndefined();
        expect(content(plus(b, a))).toEqual(content(sum));
      }),
    );
  });

  it('may be added in any order', () => {
    fc.assert(
      fc.property(three, ([a, b, c]) => {
        expect(content(plus(plus(a, b), c))).toEqual(content(plus(a, plus(b, c))));
      }),
    );
  });

  it('lose by a subtraction what an addition gave', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        // Joined with b, a is as coarse as the coarser of the two; nothing else may have changed.
        const { zeroThreshold, customValues } = b;
        const empty = made(b.schema, new Map(), new Map(), { zeroThreshold, zeroCount: 0, customValues });
        const coarse = plus(a, empty);
        const back = minus(plus(a, b), b);
        expect(back.count).toBe(a.count);
        if (b.zeroThreshold === a.zeroThreshold) expect(content(back)).toEqual(content(coarse));
      }),
    );
  });

  it('do not join exponential and custom buckets', () => {
    fc.assert(
      fc.property(exponential, custom, (a, b) => {
        expect(addHistograms(a, b)).toBe(INCOMPATIBLE_SCHEMAS);
        expect(subtractHistograms(b, a)).toBe(INCOMPATIBLE_SCHEMAS);
      }),
    );
  });

  it('see a reset when observations are gone, and none when there are only more', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const same = { ...b, schema: a.schema, zeroThreshold: a.zeroThreshold, customValues: a.customValues };
        fc.pre(histogramFault(same) === undefined);
        const later = { ...plus(a, same), counterResetHint: 'unknown' as const };
        fc.pre(later.schema === a.schema && later.zeroThreshold === a.zeroThreshold);
        expect(detectReset(later, a)).toBe(false);
        expect(detectReset(a, later)).toBe(same.count > 0);
        expect(detectReset({ ...later, counterResetHint: 'reset' }, a)).toBe(true);
      }),
    );
  });

  it('have quantiles that rise with the rank and lie where the observations are', () => {
    const ranks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(any, ranks, (histogram, qs) => {
        fc.pre(histogram.count > 0);
        const values = qs.toSorted((a, b) => a - b).map((q) => histogramQuantile(q, histogram).value);
        for (const [i, value] of values.entries()) {
          expect(value).not.toBeNaN();
          if (i > 0) expect(value).toBeGreaterThanOrEqual((values[i - 1] as number) - 1e-12 * Math.abs(value));
        }
        expect(histogramQuantile(-1, histogram).value).toBe(-Infinity);
        expect(histogramQuantile(2, histogram).value).toBe(Infinity);
      }),
    );
  });

  it('have fractions that undo quantiles', () => {
    fc.assert(
      fc.property(exponential, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (histogram, q) => {
        fc.pre(histogram.count > 0);
        const { value } = histogramQuantile(q, histogram);
        expect(histogramFraction(-Infinity, Infinity, histogram).value).toBe(1);
        expect(histogramFraction(-Infinity, value, histogram).value).toBeCloseTo(q, 9);
      }),
    );
  });

  it('are cut in two parts that make the whole', () => {
    fc.assert(
      fc.property(any, fc.constantFrom(-3, -0.25, 0, 0.3, 0.5, 1, 1.7, 4, 100), (histogram, value) => {
        const below = trimmed(histogram, value, 'below');
        const above = trimmed(histogram, value, 'above');
        // A bucket without an end is lost when it is cut: nobody knows where in it the observations are.
        if (histogram.schema === CUSTOM_BUCKETS_SCHEMA)
          expect(below.count + above.count).toBeLessThanOrEqual(histogram.count + 1e-6);
        else expect(below.count + above.count).toBeCloseTo(histogram.count, 6);
        expect(below.count).toBeGreaterThanOrEqual(0);
        expect(above.count).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('keep their shape when scaled', () => {
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 64 }), (histogram, power) => {
        const factor = 2 ** (power - 32);
        const small = scaled(histogram, factor);
        expect(equalHistograms(divided(small, factor), histogram)).toBe(true);
        fc.pre(histogram.count > 0);
        expect(histogramQuantile(0.5, small).value).toBeCloseTo(histogramQuantile(0.5, histogram).value, 9);
        expect(histogramVariance(small)).toBeCloseTo(histogramVariance(histogram), 6);
      }),
    );
  });
});
