import {
  type BucketSpan,
  type CounterResetHint,
  type NativeHistogram,
  EXPONENTIAL_SCHEMA_MAX,
  reduceResolution,
} from '../histogram/index.ts';
import { BYTES, FIXED64, type ProtobufReader, RemoteWriteError, VARINT } from './protobuf-reader.ts';

/** One Histogram message; both protocols have the same fields, 2.0 a start time too. */
export interface HistogramSample {
  readonly histogram: NativeHistogram;
  readonly timestampMs: number;
  /** 0: unknown. */
  readonly startTimestampMs: number;
  /** The sum is the stale marker: the series ended. */
  readonly staleSum: boolean;
  /** Buckets, bounds and spans, for the caller's bound. */
  readonly numbers: number;
}

/** The enum ResetHint in its order. */
const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];
/** Schemas above the stored ones that a sender may use; their buckets are merged (native histograms, section "Schema"). */
const RESERVED_SCHEMA_MAX = 52;
const STALE_HIGH = 0x7ff00000;
const QUIET_BIT = 0x00080000;
const STALE_LOW = 2;

/**
 * Reads a Histogram message up to `end`. Integer counts become floating point ones, deltas absolute counts. The result is
 * unchecked but for `numbersMax`. Throws RemoteWriteError.
 */
export function readHistogram(
  reader: ProtobufReader,
  end: number,
  hasStart: boolean,
  numbersMax: number,
): HistogramSample {
  const budget = { left: numbersMax };
  let count = 0;
  let isFloat = false;
  let sum = 0;
  let staleSum = false;
  let schema = 0;
  let zeroThreshold = 0;
  let zeroCount = 0;
  let hint = 0;
  let timestampMs = 0;
  let startTimestampMs = 0;
  const negativeSpans: BucketSpan[] = [];
  const positiveSpans: BucketSpan[] = [];
  const negativeDeltas: number[] = [];
  const positiveDeltas: number[] = [];
  const negativeCounts: number[] = [];
  const positiveCounts: number[] = [];
  const customValues: number[] = [];
  while (reader.at < end) {
    const tag = reader.varint(end);
    const type = tag & 7;
    switch (Math.floor(tag / 8)) {
      case 1:
        count = scalar(reader, type, VARINT, () => reader.uint64(end));
        isFloat = false;
        break;
      case 2:
        count = scalar(reader, type, FIXED64, () => reader.double(end));
        isFloat = true;
        break;
      case 3:
        sum = scalar(reader, type, FIXED64, () => reader.double(end));
        staleSum = isStaleAt(reader, reader.at - 8);
        break;
      case 4:
        schema = scalar(reader, type, VARINT, () => reader.zigzag(end));
        break;
      case 5:
        zeroThreshold = scalar(reader, type, FIXED64, () => reader.double(end));
        break;
      case 6:
        zeroCount = scalar(reader, type, VARINT, () => reader.uint64(end));
        break;
      case 7:
        zeroCount = scalar(reader, type, FIXED64, () => reader.double(end));
        break;
      case 8:
        negativeSpans.push(span(reader, type, end, budget));
        break;
      case 9:
        numbers(reader, type, VARINT, end, negativeDeltas, budget);
        break;
      case 10:
        numbers(reader, type, FIXED64, end, negativeCounts, budget);
        break;
      case 11:
        positiveSpans.push(span(reader, type, end, budget));
        break;
      case 12:
        numbers(reader, type, VARINT, end, positiveDeltas, budget);
        break;
      case 13:
        numbers(reader, type, FIXED64, end, positiveCounts, budget);
        break;
      case 14:
        hint = scalar(reader, type, VARINT, () => reader.varint(end));
        break;
      case 15:
        timestampMs = scalar(reader, type, VARINT, () => reader.int64(end));
        break;
      case 16:
        numbers(reader, type, FIXED64, end, customValues, budget);
        break;
      case 17:
        if (hasStart) startTimestampMs = scalar(reader, type, VARINT, () => reader.int64(end));
        else reader.skip(type, end);
        break;
      default:
        reader.skip(type, end);
    }
  }
  const read: NativeHistogram = {
    schema,
    counterResetHint: HINTS[hint] ?? 'unknown',
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans,
    positiveBuckets: isFloat ? Float64Array.from(positiveCounts) : absolute(positiveDeltas),
    negativeSpans,
    negativeBuckets: isFloat ? Float64Array.from(negativeCounts) : absolute(negativeDeltas),
    customValues: Float64Array.from(customValues),
  };
  const finer = Number.isInteger(schema) && schema > EXPONENTIAL_SCHEMA_MAX && schema <= RESERVED_SCHEMA_MAX;
  return {
    histogram: finer && spansFit(read) ? reduceResolution(read, EXPONENTIAL_SCHEMA_MAX) : read,
    timestampMs,
    startTimestampMs,
    staleSum,
    numbers: numbersMax - budget.left,
  };
}

interface Budget {
  left: number;
}

function scalar(reader: ProtobufReader, type: number, wanted: number, read: () => number): number {
  if (type !== wanted)
    throw new RemoteWriteError(`a histogram field at byte ${reader.at} has wire type ${type}, not ${wanted}`);
  return read();
}

function span(reader: ProtobufReader, type: number, end: number, budget: Budget): BucketSpan {
  if (type !== BYTES) throw new RemoteWriteError('a bucket span is no message');
  spend(budget, 2);
  const stop = reader.lengthDelimited(end);
  let offset = 0;
  let length = 0;
  while (reader.at < stop) {
    const tag = reader.varint(stop);
    if (tag === ((1 << 3) | VARINT)) offset = reader.zigzag(stop);
    else if (tag === ((2 << 3) | VARINT)) length = reader.varint(stop);
    else reader.skip(tag & 7, stop);
  }
  return { offset, length };
}

/** A repeated number, packed or one by one. */
function numbers(
  reader: ProtobufReader,
  type: number,
  element: number,
  end: number,
  into: number[],
  budget: Budget,
): void {
  const read = (stop: number): number => (element === FIXED64 ? reader.double(stop) : reader.zigzag(stop));
  if (type === element) {
    spend(budget, 1);
    into.push(read(end));
    return;
  }
  if (type !== BYTES) throw new RemoteWriteError('buckets are neither numbers nor packed numbers');
  const stop = reader.lengthDelimited(end);
  while (reader.at < stop) {
    spend(budget, 1);
    into.push(read(stop));
  }
}

function spend(budget: Budget, numbersRead: number): void {
  budget.left -= numbersRead;
  if (budget.left < 0)
    throw new RemoteWriteError('a series has too many histogram buckets in one request; send smaller batches');
}

function absolute(deltas: readonly number[]): Float64Array {
  const counts = new Float64Array(deltas.length);
  let count = 0;
  for (let i = 0; i < deltas.length; i++) counts[i] = count += deltas[i] as number;
  return counts;
}

/** Merging walks the spans, so they must not promise more buckets than there are. */
function spansFit(histogram: NativeHistogram): boolean {
  const declared = (spans: readonly BucketSpan[]): number => spans.reduce((sum, { length }) => sum + length, 0);
  return (
    declared(histogram.positiveSpans) === histogram.positiveBuckets.length &&
    declared(histogram.negativeSpans) === histogram.negativeBuckets.length
  );
}

function isStaleAt(reader: ProtobufReader, at: number): boolean {
  return (
    reader.view.getUint32(at, true) === STALE_LOW &&
    (reader.view.getUint32(at + 4, true) & ~QUIET_BIT) >>> 0 === STALE_HIGH
  );
}
