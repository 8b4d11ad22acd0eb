import type { NativeHistogram } from '../histogram/index.ts';
import { type DecodedMetadata, METADATA_TYPES } from './decode-write-request.ts';
import { LITTLE_ENDIAN } from './decoded-columns.ts';
import { writeHistogram } from './encode-histogram.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

export interface EncodedSeries {
  /** name, value, name, value, … sorted by name. */
  readonly labelPairs: readonly string[];
  /** What `encodeLabels` made of the pairs, for senders that keep it; used by 1.0 instead of the pairs. */
  readonly labelBytes?: Uint8Array;
  readonly timestampMs: ArrayLike<number>;
  readonly value: Float64Array;
  /** 2.0 only; 0 where unknown. */
  readonly startTimestampMs?: ArrayLike<number>;
  readonly histograms?: readonly EncodedHistogram[];
  readonly exemplars?: readonly EncodedExemplar[];
  /** 2.0 only. */
  readonly metadata?: Omit<DecodedMetadata, 'name'>;
}

export interface EncodedHistogram {
  readonly timestampMs: number;
  readonly startTimestampMs?: number;
  readonly value: NativeHistogram;
}

export interface EncodedExemplar {
  readonly labelPairs: readonly string[];
  readonly timestampMs: number;
  readonly value: number;
}

/** The bytes of a prometheus.WriteRequest. Histograms are sent with floating point counts. */
export function encodeWriteRequest(
  series: readonly EncodedSeries[],
  metadata: readonly DecodedMetadata[] = [],
): Uint8Array {
  const writer = new ProtobufWriter();
  for (const one of series) {
    writer.message(1, () => {
      if (one.labelBytes) writer.raw(one.labelBytes);
      else writeLabels(writer, one.labelPairs);
      writeSamples(writer, one, false);
      for (const { labelPairs, value, timestampMs } of one.exemplars ?? []) {
        writer.message(3, () => {
          writeLabels(writer, labelPairs);
          writer.double(2, value);
          writer.int64(3, timestampMs);
        });
      }
      for (const histogram of one.histograms ?? [])
        writer.message(4, () => writeHistogram(writer, histogram.value, histogram.timestampMs, 0));
    });
  }
  for (const { name, type, help, unit } of metadata) {
    writer.message(3, () => {
      writer.int64(1, METADATA_TYPES.indexOf(type));
      writer.text(2, name);
      writer.text(4, help);
      writer.text(5, unit);
    });
  }
  return writer.bytes();
}

/** Label fields of a 1.0 series, as `EncodedSeries.labelBytes` wants them. */
export function encodeLabels(labelPairs: readonly string[]): Uint8Array {
  const writer = new ProtobufWriter(256);
  writeLabels(writer, labelPairs);
  return writer.bytes();
}

function writeLabels(writer: ProtobufWriter, labelPairs: readonly string[]): void {
  for (let i = 0; i < labelPairs.length; i += 2) {
    writer.message(1, () => {
      writer.text(1, labelPairs[i] ?? '');
      writer.text(2, labelPairs[i + 1] ?? '');
    });
  }
}

/** Sample messages; they have the same fields in both protocols but for the start time. */
export function writeSamples(writer: ProtobufWriter, series: EncodedSeries, withStart: boolean): void {
  const { value, timestampMs } = series;
  const bits = new Uint32Array(value.buffer, value.byteOffset, value.length * 2);
  for (let i = 0; i < value.length; i++) {
    writer.message(2, () => {
      writer.doubleBits(
        1,
        bits[LITTLE_ENDIAN ? 2 * i : 2 * i + 1] as number,
        bits[LITTLE_ENDIAN ? 2 * i + 1 : 2 * i] as number,
      );
      writer.int64(2, timestampMs[i] ?? 0);
      const startMs = withStart ? (series.startTimestampMs?.[i] ?? 0) : 0;
      if (startMs !== 0) writer.int64(3, startMs);
    });
  }
}
