import type { BucketSpan, CounterResetHint, NativeHistogram } from '../histogram/index.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** The fields of a Histogram message with floating point counts, the same in both protocols but for the start time. */
export function writeHistogram(
  writer: ProtobufWriter,
  histogram: NativeHistogram,
  timestampMs: number,
  startTimestampMs: number,
): void {
  writer.double(2, histogram.count);
  writer.double(3, histogram.sum);
  writer.zigzag(4, histogram.schema);
  writer.double(5, histogram.zeroThreshold);
  writer.double(7, histogram.zeroCount);
  writeSpans(writer, 8, histogram.negativeSpans);
  writeDoubles(writer, 10, histogram.negativeBuckets);
  writeSpans(writer, 11, histogram.positiveSpans);
  writeDoubles(writer, 13, histogram.positiveBuckets);
  writer.int64(14, HINTS.indexOf(histogram.counterResetHint));
  writer.int64(15, timestampMs);
  writeDoubles(writer, 16, histogram.customValues);
  if (startTimestampMs !== 0) writer.int64(17, startTimestampMs);
}

function writeSpans(writer: ProtobufWriter, field: number, spans: readonly BucketSpan[]): void {
  for (const { offset, length } of spans) {
    writer.message(field, () => {
      writer.zigzag(1, offset);
      writer.int64(2, length);
    });
  }
}

function writeDoubles(writer: ProtobufWriter, field: number, values: Float64Array): void {
  if (values.length === 0) return;
  writer.message(field, () => {
    for (const value of values) writer.fixedDouble(value);
  });
}
