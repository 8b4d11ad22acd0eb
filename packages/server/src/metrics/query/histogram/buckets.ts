import { type BucketSpan, type NativeHistogram, CUSTOM_BUCKETS_SCHEMA } from '@vedette/wire/histogram';

/** One side of a histogram: bucket indices, ascending, and their counts. */
export interface SparseBuckets {
  readonly index: readonly number[];
  readonly count: readonly number[];
}

/** A bucket with its bounds; `lower` < `upper`. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

export function positiveBuckets(histogram: NativeHistogram): SparseBuckets {
  return sparse(histogram.positiveSpans, histogram.positiveBuckets);
}

export function negativeBuckets(histogram: NativeHistogram): SparseBuckets {
  return sparse(histogram.negativeSpans, histogram.negativeBuckets);
}

function sparse(spans: readonly BucketSpan[], counts: Float64Array): SparseBuckets {
  const index: number[] = [];
  const count: number[] = [];
  let at = 0;
  let next = 0;
  for (const { offset, length } of spans) {
    next += offset;
    for (let i = 0; i < length; i++) {
      index.push(next++);
      count.push(counts[at++] as number);
    }
  }
  return { index, count };
}

/** Spans and counts of the buckets that are not empty. */
export function toSpans({ index, count }: SparseBuckets): {
  readonly spans: readonly BucketSpan[];
  readonly buckets: Float64Array;
} {
  const spans: { offset: number; length: number }[] = [];
  const buckets: number[] = [];
  let end = 0;
  for (let i = 0; i < index.length; i++) {
    if (count[i] === 0) continue;
    const at = index[i] as number;
    const last = spans.at(-1);
    if (last && at === end) last.length++;
    else spans.push({ offset: at - end, length: 1 });
    end = at + 1;
    buckets.push(count[i] as number);
  }
  return { spans, buckets: Float64Array.from(buckets) };
}

/** The upper bound of a positive bucket. */
export function upperBound(index: number, schema: number, customValues: Float64Array): number {
  if (schema === CUSTOM_BUCKETS_SCHEMA) {
    if (index < 0) return -Infinity;
    return index < customValues.length ? (customValues[index] as number) : Infinity;
  }
  if (schema <= 0) {
    const exponent = index * 2 ** -schema;
    // The bound after the largest number is that number: infinities have a bucket of their own.
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const parts = 2 ** schema;
  const whole = Math.floor(index / parts);
  const rest = index - whole * parts;
  if (rest === 0 && whole === 1024) return Number.MAX_VALUE;
  // Two factors, because the power of two alone may leave the range of numbers where the product does not.
  return 2 ** (rest / parts) * 2 ** (whole - 1) * 2;
}

/** Buckets of one side from the lowest to the highest value. */
export function bucketsOf(histogram: NativeHistogram, side: 'positive' | 'negative'): Bucket[] {
  const { schema, customValues } = histogram;
  const { index, count } = side === 'positive' ? positiveBuckets(histogram) : negativeBuckets(histogram);
  const buckets = index.map((at, i): Bucket => {
    const outer = upperBound(at, schema, customValues);
    const inner = upperBound(at - 1, schema, customValues);
    return side === 'positive'
      ? { lower: inner, upper: outer, count: count[i] as number }
      : { lower: -outer, upper: -inner, count: count[i] as number };
  });
  return side === 'positive' ? buckets : buckets.reverse();
}

/** All buckets from the lowest to the highest value, the zero bucket among them; none overlaps the zero bucket. */
export function allBuckets(histogram: NativeHistogram): Bucket[] {
  const { zeroThreshold, zeroCount } = histogram;
  const outside = (bucket: Bucket): Bucket => {
    if (bucket.upper < 0 && bucket.upper > -zeroThreshold) return { ...bucket, upper: -zeroThreshold };
    if (bucket.lower > 0 && bucket.lower < zeroThreshold) return { ...bucket, lower: zeroThreshold };
    return bucket;
  };
  const zero = zeroCount > 0 ? [{ lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount }] : [];
  return [...bucketsOf(histogram, 'negative').map(outside), ...zero, ...bucketsOf(histogram, 'positive').map(outside)];
}

/** The buckets at a coarser schema: each is part of one bucket there. */
export function coarser(buckets: SparseBuckets, schema: number, target: number): SparseBuckets {
  if (target >= schema) return buckets;
  const factor = 2 ** (schema - target);
  const index: number[] = [];
  const count: number[] = [];
  for (let i = 0; i < buckets.index.length; i++) {
    const at = Math.floor(((buckets.index[i] as number) - 1) / factor) + 1;
    const last = index.length - 1;
    if (index[last] === at) count[last] = (count[last] as number) + (buckets.count[i] as number);
    else {
      index.push(at);
      count.push(buckets.count[i] as number);
    }
  }
  return { index, count };
}

/** How much of the bucket's width lies below a value that is strictly inside its finite bounds. */
export function fractionBelow({ lower, upper }: Bucket, value: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower);
  // On a logarithmic scale exponential buckets are linear; negative ones are mirrored.
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  return value > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - (logValue - logUpper) / (logLower - logUpper);
}
