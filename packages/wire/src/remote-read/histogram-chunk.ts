import { type BucketSpan, type NativeHistogram, usesCustomBuckets } from '../histogram/index.ts';
import { BitWriter } from './bit-writer.ts';
import { XorColumn, fits, signedBits } from './xor-bits.ts';

/** The two highest bits of a chunk's flags. */
const RESET_FLAGS = { unknown: 0, not_reset: 0b0100_0000, reset: 0b1000_0000, gauge: 0b1100_0000 } as const;
/** Custom bounds that are so many thousandths are written as whole numbers. */
const THOUSANDTHS_MAX = 33_554_430;

/** True when the second histogram may follow the first in one chunk: the same buckets, and no reset between them. */
export function sameLayout(first: NativeHistogram, second: NativeHistogram): boolean {
  const gauges = (first.counterResetHint === 'gauge') === (second.counterResetHint === 'gauge');
  return (
    gauges &&
    second.counterResetHint !== 'reset' &&
    first.schema === second.schema &&
    first.zeroThreshold === second.zeroThreshold &&
    equalSpans(first.positiveSpans, second.positiveSpans) &&
    equalSpans(first.negativeSpans, second.negativeSpans) &&
    first.customValues.length === second.customValues.length &&
    first.customValues.every((bound, i) => bound === second.customValues[i])
  );
}

function equalSpans(first: readonly BucketSpan[], second: readonly BucketSpan[]): boolean {
  return (
    first.length === second.length &&
    first.every(({ offset, length }, i) => offset === second[i]?.offset && length === second[i].length)
  );
}

/**
 * Histograms of one layout (see `sameLayout`) as one of Prometheus's float histogram chunks. Source: the chunk format in
 * tsdb/docs/format/chunks.md of Prometheus.
 */
export function encodeFloatHistogramChunk(
  timestampMs: readonly number[],
  histograms: readonly NativeHistogram[],
  writer: BitWriter = new BitWriter(),
): Uint8Array<ArrayBuffer> {
  const first = histograms[0];
  writer.clear();
  writer.bits(histograms.length, 16);
  writer.bits(first ? RESET_FLAGS[first.counterResetHint] : 0, 8);
  if (!first) return writer.bytes();
  writeLayout(writer, first);
  const columns = Array.from(
    { length: 3 + first.positiveBuckets.length + first.negativeBuckets.length },
    () => new XorColumn(),
  );
  const row = new Float64Array(columns.length);
  const words = new Uint32Array(row.buffer);
  let delta = 0;
  for (const [i, histogram] of histograms.entries()) {
    row[0] = histogram.count;
    row[1] = histogram.zeroCount;
    row[2] = histogram.sum;
    row.set(histogram.positiveBuckets, 3);
    row.set(histogram.negativeBuckets, 3 + histogram.positiveBuckets.length);
    const atMs = timestampMs[i] as number;
    if (i === 0) {
      writeVarbitInt(writer, atMs);
      for (const [c, column] of columns.entries()) column.first(writer, words, c);
      continue;
    }
    const nextDelta = atMs - (timestampMs[i - 1] as number);
    writeVarbitInt(writer, nextDelta - delta);
    delta = nextDelta;
    for (const [c, column] of columns.entries()) column.next(writer, words, c);
  }
  return writer.bytes();
}

function writeLayout(writer: BitWriter, histogram: NativeHistogram): void {
  writeZeroThreshold(writer, histogram.zeroThreshold);
  writeVarbitInt(writer, histogram.schema);
  writeSpans(writer, histogram.positiveSpans);
  writeSpans(writer, histogram.negativeSpans);
  if (!usesCustomBuckets(histogram)) return;
  writeVarbitUint(writer, histogram.customValues.length);
  for (const bound of histogram.customValues) {
    const thousandths = bound * 1000;
    const whole = Math.round(thousandths);
    if (thousandths >= 0 && thousandths <= THOUSANDTHS_MAX && whole / 1000 === bound) {
      writeVarbitUint(writer, whole + 1);
    } else {
      writer.bits(0, 1);
      writeDouble(writer, bound);
    }
  }
}

function writeSpans(writer: BitWriter, spans: readonly BucketSpan[]): void {
  writeVarbitUint(writer, spans.length);
  for (const { offset, length } of spans) {
    writeVarbitUint(writer, length);
    writeVarbitInt(writer, offset);
  }
}

/** One byte for 0 and for powers of two between 2^-243 and 2^10, which is what exporters use. */
function writeZeroThreshold(writer: BitWriter, threshold: number): void {
  const exponent = Math.round(Math.log2(threshold));
  if (threshold === 0) writer.bits(0, 8);
  else if (2 ** exponent === threshold && exponent >= -243 && exponent <= 10) writer.bits(exponent + 1 + 243, 8);
  else {
    writer.bits(255, 8);
    writeDouble(writer, threshold);
  }
}

function writeDouble(writer: BitWriter, value: number): void {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  writer.bits(view.getUint32(0), 32);
  writer.bits(view.getUint32(4), 32);
}

/** Sizes of numbers in bits; a number's size is told by so many ones and a zero before it. */
const VARBIT_SIZES = [3, 6, 9, 12, 18, 25, 56] as const;

function writeVarbitInt(writer: BitWriter, value: number): void {
  writeVarbit(writer, value, (bits) => fits(value, bits));
}

function writeVarbitUint(writer: BitWriter, value: number): void {
  writeVarbit(writer, value, (bits) => value < 2 ** bits);
}

function writeVarbit(writer: BitWriter, value: number, fitsIn: (bits: number) => boolean): void {
  if (value === 0) {
    writer.bits(0, 1);
    return;
  }
  const at = VARBIT_SIZES.findIndex(fitsIn);
  if (at < 0) {
    writer.bits(0xff, 8);
    signedBits(writer, value, 64);
    return;
  }
  writer.bits(2 ** (at + 2) - 2, at + 2);
  signedBits(writer, value, VARBIT_SIZES[at] as number);
}
