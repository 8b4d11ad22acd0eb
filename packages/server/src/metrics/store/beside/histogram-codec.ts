import {
  type BucketSpan,
  type CounterResetHint,
  type NativeHistogram,
  CUSTOM_BUCKETS_SCHEMA,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  HISTOGRAM_BUCKETS_MAX,
} from '@vedette/wire/histogram';
import type { ByteCursor } from './byte-cursor.ts';
import type { ByteSink } from './byte-sink.ts';

/**
 * A native histogram as bytes:
 *
 *   flags (hint in two bits, then the four below)
 *   layout, unless it is that of the histogram before: schema (zigzag; not with CUSTOM), zero threshold (not with CUSTOM),
 *     custom bounds (CUSTOM: their number, doubles), positive and, with NEGATIVE, negative spans (number; zigzag offset, length)
 *   counts: count, zero count, buckets; see below
 *   sum as a double
 *
 * INTEGER counts are varints: of the buckets as zigzag differences to the bucket before, and with SAME_LAYOUT all of them as zigzag
 * differences to the histogram before. Other counts are doubles. Source of the model: prometheus.io/docs/specs/native_histograms.
 */
const INTEGER = 1 << 2;
const CUSTOM = 1 << 3;
const NEGATIVE = 1 << 4;
const SAME_LAYOUT = 1 << 5;
const FLAGS_END = 1 << 6;

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** Larger counts go as doubles: differences of smaller ones fit a varint whatever their sign. */
const INTEGER_END = 2 ** 51;

/** Zero thresholds are powers of two nearly always: one byte for 2^(byte - THRESHOLD_BIAS), 0 for none, 255 before a double. */
const THRESHOLD_BIAS = 200;
const THRESHOLD_LITERAL = 255;

const NO_SPANS: readonly BucketSpan[] = [];
const NO_NUMBERS = new Float64Array(0);

/** `previous`: the histogram that the decoder will know too; without it the bytes stand for themselves. */
export function encodeHistogram(histogram: NativeHistogram, out: ByteSink, previous?: NativeHistogram): void {
  const isInteger = hasIntegerCounts(histogram);
  const isLike =
    previous !== undefined && isInteger && hasIntegerCounts(previous) && hasSameLayout(histogram, previous);
  const against = isLike ? previous : undefined;
  const isCustom = histogram.schema === CUSTOM_BUCKETS_SCHEMA;
  const isNegative = histogram.negativeSpans.length > 0;
  out.byte(
    HINTS.indexOf(histogram.counterResetHint) |
      (isInteger ? INTEGER : 0) |
      (isCustom ? CUSTOM : 0) |
      (isNegative ? NEGATIVE : 0) |
      (against !== undefined ? SAME_LAYOUT : 0),
  );
  if (against === undefined) {
    putLayout(histogram, isCustom, out);
    putCounts(histogram, isInteger, out);
  } else {
    out.signed(histogram.count - against.count);
    out.signed(histogram.zeroCount - against.zeroCount);
    putDifferences(histogram.positiveBuckets, against.positiveBuckets, out);
    putDifferences(histogram.negativeBuckets, against.negativeBuckets, out);
  }
  out.double(histogram.sum);
}

/** Throws DATA_DIR_INVALID for bytes that are no histogram, or need a previous one of another layout. */
export function decodeHistogram(from: ByteCursor, previous?: NativeHistogram): NativeHistogram {
  const flags = from.byte();
  if (flags >= FLAGS_END) from.fail();
  const counterResetHint = HINTS[flags & 3] as CounterResetHint;
  const isInteger = (flags & INTEGER) !== 0;
  if ((flags & SAME_LAYOUT) !== 0) {
    if (previous === undefined || !isInteger || !hasIntegerCounts(previous)) return from.fail();
    const count = positive(previous.count + from.signed(), from);
    const zeroCount = positive(previous.zeroCount + from.signed(), from);
    const positiveBuckets = addDifferences(previous.positiveBuckets, from);
    const negativeBuckets = addDifferences(previous.negativeBuckets, from);
    return { ...previous, counterResetHint, count, zeroCount, positiveBuckets, negativeBuckets, sum: from.double() };
  }
  const isCustom = (flags & CUSTOM) !== 0;
  const schema = isCustom ? CUSTOM_BUCKETS_SCHEMA : from.signed();
  if (!isCustom && (schema < EXPONENTIAL_SCHEMA_MIN || schema > EXPONENTIAL_SCHEMA_MAX)) from.fail();
  const zeroThreshold = isCustom ? 0 : getThreshold(from);
  const customValues = isCustom ? getDoubles(from.count(8), from) : NO_NUMBERS;
  const positiveSpans = getSpans(from);
  const negativeSpans = (flags & NEGATIVE) === 0 ? NO_SPANS : getSpans(from);
  const positives = bucketsOf(positiveSpans);
  const negatives = bucketsOf(negativeSpans);
  // Checked before anything is allocated for the buckets.
  if (positives + negatives > HISTOGRAM_BUCKETS_MAX || positives + negatives > from.left) from.fail();
  const count = isInteger ? from.unsigned() : from.double();
  const zeroCount = isInteger ? from.unsigned() : from.double();
  const positiveBuckets = isInteger ? getIntegers(positives, from) : getDoubles(positives, from);
  const negativeBuckets = isInteger ? getIntegers(negatives, from) : getDoubles(negatives, from);
  return {
    schema,
    counterResetHint,
    zeroThreshold,
    zeroCount,
    count,
    sum: from.double(),
    positiveSpans,
    positiveBuckets,
    negativeSpans,
    negativeBuckets,
    customValues,
  };
}

/** Same schema, zero bucket, bounds and spans: buckets at one place are the same bucket. */
export function hasSameLayout(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    sameSpans(a.positiveSpans, b.positiveSpans) &&
    sameSpans(a.negativeSpans, b.negativeSpans) &&
    sameNumbers(a.customValues, b.customValues)
  );
}

function hasIntegerCounts(histogram: NativeHistogram): boolean {
  return (
    isInteger(histogram.count) &&
    isInteger(histogram.zeroCount) &&
    histogram.positiveBuckets.every(isInteger) &&
    histogram.negativeBuckets.every(isInteger)
  );
}

/** Also false for -0, which a varint would not keep. */
function isInteger(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < INTEGER_END && !Object.is(value, -0);
}

function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const one = a[i] as BucketSpan;
    const other = b[i] as BucketSpan;
    if (one.offset !== other.offset || one.length !== other.length) return false;
  }
  return true;
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function putLayout(histogram: NativeHistogram, isCustom: boolean, out: ByteSink): void {
  if (isCustom) {
    out.unsigned(histogram.customValues.length);
    for (const bound of histogram.customValues) out.double(bound);
  } else {
    out.signed(histogram.schema);
    putThreshold(histogram.zeroThreshold, out);
  }
  putSpans(histogram.positiveSpans, out);
  if (histogram.negativeSpans.length > 0) putSpans(histogram.negativeSpans, out);
}

function putCounts(histogram: NativeHistogram, isInteger: boolean, out: ByteSink): void {
  const { count, zeroCount, positiveBuckets, negativeBuckets } = histogram;
  if (!isInteger) {
    out.double(count);
    out.double(zeroCount);
    for (const bucket of positiveBuckets) out.double(bucket);
    for (const bucket of negativeBuckets) out.double(bucket);
    return;
  }
  out.unsigned(count);
  out.unsigned(zeroCount);
  for (const side of [positiveBuckets, negativeBuckets]) {
    let last = 0;
    for (const bucket of side) {
      out.signed(bucket - last);
      last = bucket;
    }
  }
}

function putDifferences(counts: Float64Array, previous: Float64Array, out: ByteSink): void {
  for (let i = 0; i < counts.length; i++) out.signed((counts[i] as number) - (previous[i] as number));
}

function addDifferences(previous: Float64Array, from: ByteCursor): Float64Array {
  const counts = new Float64Array(previous.length);
  for (let i = 0; i < counts.length; i++) counts[i] = positive((previous[i] as number) + from.signed(), from);
  return counts;
}

function positive(value: number, from: ByteCursor): number {
  return value >= 0 && value < INTEGER_END ? value : from.fail();
}

function putThreshold(threshold: number, out: ByteSink): void {
  const exponent = Math.round(Math.log2(threshold));
  const byte = exponent + THRESHOLD_BIAS;
  if (Object.is(threshold, 0)) {
    out.byte(0);
  } else if (byte > 0 && byte < THRESHOLD_LITERAL && 2 ** exponent === threshold) {
    out.byte(byte);
  } else {
    out.byte(THRESHOLD_LITERAL);
    out.double(threshold);
  }
}

function getThreshold(from: ByteCursor): number {
  const byte = from.byte();
  if (byte === 0) return 0;
  return byte === THRESHOLD_LITERAL ? from.double() : 2 ** (byte - THRESHOLD_BIAS);
}

function putSpans(spans: readonly BucketSpan[], out: ByteSink): void {
  out.unsigned(spans.length);
  for (const { offset, length } of spans) {
    out.signed(offset);
    out.unsigned(length);
  }
}

function getSpans(from: ByteCursor): readonly BucketSpan[] {
  const count = from.count(2);
  const spans: BucketSpan[] = [];
  for (let i = 0; i < count; i++) spans.push({ offset: from.signed(), length: from.unsigned() });
  return spans;
}

function bucketsOf(spans: readonly BucketSpan[]): number {
  let buckets = 0;
  for (const span of spans) buckets += span.length;
  return buckets;
}

function getIntegers(count: number, from: ByteCursor): Float64Array {
  const values = new Float64Array(count);
  let last = 0;
  for (let i = 0; i < count; i++) values[i] = last = positive(last + from.signed(), from);
  return values;
}

function getDoubles(count: number, from: ByteCursor): Float64Array {
  if (count * 8 > from.left) from.fail();
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = from.double();
  return values;
}
