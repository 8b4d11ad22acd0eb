import { BitWriter } from './bit-writer.ts';
import { XorColumn, fits, signedBits } from './xor-bits.ts';

/** Samples in one chunk, as Prometheus cuts them. */
export const CHUNK_SAMPLES = 120;

/**
 * Rows [start, end) as one of Prometheus's XOR chunks: a count, then delta-of-delta timestamps and XORed values. At most 65,535 rows;
 * ascending whole milliseconds. Source: tsdb/docs/format/chunks.md of Prometheus.
 */
export function encodeXorChunk(
  timestampMs: Float64Array,
  value: Float64Array,
  start: number,
  end: number,
  writer: BitWriter = new BitWriter(),
): Uint8Array<ArrayBuffer> {
  writer.clear();
  writer.bits(end - start, 16);
  const words = new Uint32Array(value.buffer, value.byteOffset, value.length * 2);
  const column = new XorColumn();
  let delta = 0;
  for (let i = start; i < end; i++) {
    const atMs = timestampMs[i] as number;
    if (i === start) {
      // A varint in zigzag encoding.
      writer.uvarint(atMs >= 0 ? atMs * 2 : -atMs * 2 - 1);
      column.first(writer, words, i);
      continue;
    }
    const nextDelta = atMs - (timestampMs[i - 1] as number);
    if (i === start + 1) writer.uvarint(nextDelta);
    else writeDeltaOfDelta(writer, nextDelta - delta);
    delta = nextDelta;
    column.next(writer, words, i);
  }
  return writer.bytes();
}

function writeDeltaOfDelta(writer: BitWriter, value: number): void {
  if (value === 0) {
    writer.bits(0, 1);
  } else if (fits(value, 14)) {
    writer.bits(0b10, 2);
    signedBits(writer, value, 14);
  } else if (fits(value, 17)) {
    writer.bits(0b110, 3);
    signedBits(writer, value, 17);
  } else if (fits(value, 20)) {
    writer.bits(0b1110, 4);
    signedBits(writer, value, 20);
  } else {
    writer.bits(0b1111, 4);
    signedBits(writer, value, 64);
  }
}
