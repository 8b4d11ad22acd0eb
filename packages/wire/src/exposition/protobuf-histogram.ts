import {
  type BucketSpan,
  type NativeHistogram,
  EXPONENTIAL_SCHEMA_MAX,
  HISTOGRAM_BUCKETS_MAX,
  histogramFault,
  reduceResolution,
} from '../histogram/index.ts';
import { BYTES, FIXED64, type ProtobufReader, RemoteWriteError, VARINT } from '../remote-write/protobuf-reader.ts';
import { compactBuckets } from './compact-buckets.ts';
import { type ProtobufExemplar, readExemplar, readTimestamp } from './protobuf-exemplar.ts';

/** One bucket of a classic histogram; counts are cumulative. */
export interface ClassicBucket {
  readonly upperBound: number;
  readonly count: number;
  readonly exemplar: ProtobufExemplar | undefined;
}

/** One io.prometheus.client.Histogram: classic buckets, native ones, or both. */
export interface ProtobufHistogram {
  readonly count: number;
  readonly sum: number;
  readonly startTimestampMs: number;
  readonly buckets: readonly ClassicBucket[];
  /** Those of the native histogram. */
  readonly exemplars: readonly ProtobufExemplar[];
  /** Checks and makes the native histogram; undefined when the message has none. Throws when it is not valid. */
  native(gauge: boolean): NativeHistogram | undefined;
}

/** Finer schemas than the stored ones that an exporter may use; their buckets are merged. */
const RESERVED_SCHEMA_MAX = 52;

/** Reads the message that ends at `end`. */
export function readHistogramMessage(reader: ProtobufReader, end: number): ProtobufHistogram {
  let count = 0;
  let countFloat = 0;
  let sum = 0;
  let schema = 0;
  let zeroThreshold = 0;
  let zeroCount = 0;
  let zeroCountFloat = 0;
  let startTimestampMs = 0;
  const buckets: ClassicBucket[] = [];
  const exemplars: ProtobufExemplar[] = [];
  const negativeSpans: BucketSpan[] = [];
  const positiveSpans: BucketSpan[] = [];
  const negativeDeltas: number[] = [];
  const positiveDeltas: number[] = [];
  const negativeCounts: number[] = [];
  const positiveCounts: number[] = [];
  while (reader.at < end) {
    const tag = reader.varint(end);
    switch (tag) {
      case (1 << 3) | VARINT:
        count = reader.uint64(end);
        break;
      case (2 << 3) | FIXED64:
        sum = reader.double(end);
        break;
      case (3 << 3) | BYTES:
        buckets.push(readBucket(reader, reader.lengthDelimited(end)));
        bound(buckets);
        break;
      case (4 << 3) | FIXED64:
        countFloat = reader.double(end);
        break;
      case (5 << 3) | VARINT:
        schema = reader.zigzag(end);
        break;
      case (6 << 3) | FIXED64:
        zeroThreshold = reader.double(end);
        break;
      case (7 << 3) | VARINT:
        zeroCount = reader.uint64(end);
        break;
      case (8 << 3) | FIXED64:
        zeroCountFloat = reader.double(end);
        break;
      case (9 << 3) | BYTES:
        negativeSpans.push(readSpan(reader, reader.lengthDelimited(end)));
        bound(negativeSpans);
        break;
      case (10 << 3) | VARINT:
      case (10 << 3) | BYTES:
        readNumbers(reader, tag & 7, VARINT, end, negativeDeltas);
        break;
      case (11 << 3) | FIXED64:
      case (11 << 3) | BYTES:
        readNumbers(reader, tag & 7, FIXED64, end, negativeCounts);
        break;
      case (12 << 3) | BYTES:
        positiveSpans.push(readSpan(reader, reader.lengthDelimited(end)));
        bound(positiveSpans);
        break;
      case (13 << 3) | VARINT:
      case (13 << 3) | BYTES:
        readNumbers(reader, tag & 7, VARINT, end, positiveDeltas);
        break;
      case (14 << 3) | FIXED64:
      case (14 << 3) | BYTES:
        readNumbers(reader, tag & 7, FIXED64, end, positiveCounts);
        break;
      case (15 << 3) | BYTES:
        startTimestampMs = readTimestamp(reader, reader.lengthDelimited(end));
        break;
      case (16 << 3) | BYTES:
        exemplars.push(readExemplar(reader, reader.lengthDelimited(end)));
        bound(exemplars);
        break;
      default:
        reader.skip(tag & 7, end);
    }
  }
  const isFloat = countFloat > 0 || zeroCountFloat > 0;
  return {
    count: countFloat === 0 ? count : countFloat,
    sum,
    startTimestampMs,
    buckets,
    exemplars,
    native: (gauge) => {
      // Without observations an exporter says with an empty span that it means a native histogram.
      if (positiveSpans.length === 0 && negativeSpans.length === 0 && !(zeroThreshold > 0) && !(zeroCount > 0))
        return undefined;
      return checked({
        schema,
        counterResetHint: gauge ? 'gauge' : 'unknown',
        zeroThreshold,
        zeroCount: isFloat ? zeroCountFloat : zeroCount,
        count: isFloat ? countFloat : count,
        sum,
        positiveSpans,
        positiveBuckets: isFloat ? Float64Array.from(positiveCounts) : absolute(positiveDeltas),
        negativeSpans,
        negativeBuckets: isFloat ? Float64Array.from(negativeCounts) : absolute(negativeDeltas),
        customValues: new Float64Array(0),
      });
    },
  };
}

function checked(read: NativeHistogram): NativeHistogram {
  const finer = read.schema > EXPONENTIAL_SCHEMA_MAX && read.schema <= RESERVED_SCHEMA_MAX;
  const fault = histogramFault(finer ? { ...read, schema: EXPONENTIAL_SCHEMA_MAX } : read);
  if (fault !== undefined) throw new RemoteWriteError(`a native histogram is not valid: ${fault}`);
  return compactBuckets(finer ? reduceResolution(read, EXPONENTIAL_SCHEMA_MAX) : read);
}

function readBucket(reader: ProtobufReader, end: number): ClassicBucket {
  let count = 0;
  let countFloat = 0;
  let upperBound = 0;
  let exemplar: ProtobufExemplar | undefined;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | VARINT)) count = reader.uint64(end);
    else if (tag === ((2 << 3) | FIXED64)) upperBound = reader.double(end);
    else if (tag === ((3 << 3) | BYTES)) exemplar = readExemplar(reader, reader.lengthDelimited(end));
    else if (tag === ((4 << 3) | FIXED64)) countFloat = reader.double(end);
    else reader.skip(tag & 7, end);
  }
  return { upperBound, count: countFloat === 0 ? count : countFloat, exemplar };
}

function readSpan(reader: ProtobufReader, end: number): BucketSpan {
  let offset = 0;
  let length = 0;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | VARINT)) offset = reader.zigzag(end);
    else if (tag === ((2 << 3) | VARINT)) length = reader.varint(end);
    else reader.skip(tag & 7, end);
  }
  return { offset, length };
}

/** A repeated number, packed or one by one. */
function readNumbers(reader: ProtobufReader, type: number, element: number, end: number, into: number[]): void {
  const read = (stop: number): void => {
    into.push(element === FIXED64 ? reader.double(stop) : reader.zigzag(stop));
    bound(into);
  };
  if (type !== BYTES) {
    read(end);
    return;
  }
  const stop = reader.lengthDelimited(end);
  while (reader.at < stop) read(stop);
}

function bound(list: readonly unknown[]): void {
  if (list.length > HISTOGRAM_BUCKETS_MAX)
    throw new RemoteWriteError(`a histogram has more than ${HISTOGRAM_BUCKETS_MAX} buckets, spans or exemplars`);
}

function absolute(deltas: readonly number[]): Float64Array {
  const counts = new Float64Array(deltas.length);
  let count = 0;
  for (let i = 0; i < deltas.length; i++) counts[i] = count += deltas[i] as number;
  return counts;
}
