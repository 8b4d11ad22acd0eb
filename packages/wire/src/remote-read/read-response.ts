import type { NativeHistogram } from '../histogram/index.ts';
import { ProtobufWriter, writeHistogram } from '../remote-write/index.ts';
import { crc32c } from './crc32c.ts';

/** One series' samples as columns; floats in [0, length), native histograms beside them. */
export interface ReadSamples {
  readonly length: number;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  readonly histograms?: {
    readonly timestampMs: readonly number[];
    readonly value: readonly NativeHistogram[];
  };
}

/** Chunk.Encoding of prometheus.Chunk. */
export const CHUNK_XOR = 1;
export const CHUNK_FLOAT_HISTOGRAM = 3;

export interface ReadChunk {
  readonly minMs: number;
  readonly maxMs: number;
  readonly encoding: typeof CHUNK_XOR | typeof CHUNK_FLOAT_HISTOGRAM;
  readonly bytes: Uint8Array;
}

/** Makes a prometheus.ReadResponse, series by series. */
export class ReadResponseWriter {
  readonly #results: ProtobufWriter[] = [];
  #bytes = 0;

  /** About how large the message has become. */
  get length(): number {
    return this.#bytes;
  }

  /** Begins the result of the next query. */
  beginQuery(): void {
    this.#results.push(new ProtobufWriter());
  }

  /** `labelPairs`: name, value, name, value, … sorted by name. */
  addSeries(labelPairs: readonly string[], samples: ReadSamples): void {
    const writer = this.#results.at(-1);
    if (!writer) throw new Error('addSeries before beginQuery');
    const before = writer.length;
    const words = new Uint32Array(samples.value.buffer, samples.value.byteOffset, samples.length * 2);
    writer.message(1, () => {
      writeLabels(writer, labelPairs);
      for (let i = 0; i < samples.length; i++) {
        writer.message(2, () => {
          writer.doubleBits(1, words[2 * i + LOW] as number, words[2 * i + 1 - LOW] as number);
          writer.int64(2, samples.timestampMs[i] as number);
        });
      }
      for (const [i, histogram] of (samples.histograms?.value ?? []).entries())
        writer.message(4, () => writeHistogram(writer, histogram, samples.histograms?.timestampMs[i] as number, 0));
    });
    this.#bytes += writer.length - before;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new ProtobufWriter(this.#bytes + 64);
    for (const result of this.#results) whole.message(1, () => whole.raw(result.bytes()));
    return whole.bytes();
  }
}

const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

function writeLabels(writer: ProtobufWriter, labelPairs: readonly string[]): void {
  for (let i = 0; i < labelPairs.length; i += 2) {
    writer.message(1, () => {
      writer.text(1, labelPairs[i] as string);
      writer.text(2, labelPairs[i + 1] as string);
    });
  }
}

/**
 * One frame of a streamed answer: the length as a varint, the CRC-32C of the message (big endian), and a
 * prometheus.ChunkedReadResponse with one series.
 */
export function chunkedFrame(
  queryIndex: number,
  labelPairs: readonly string[],
  chunks: readonly ReadChunk[],
): Uint8Array<ArrayBuffer> {
  const message = new ProtobufWriter();
  message.message(1, () => {
    writeLabels(message, labelPairs);
    for (const chunk of chunks) {
      message.message(2, () => {
        message.int64(1, chunk.minMs);
        message.int64(2, chunk.maxMs);
        message.int64(3, chunk.encoding);
        message.message(4, () => message.raw(chunk.bytes));
      });
    }
  });
  if (queryIndex !== 0) message.int64(2, queryIndex);
  const content = message.bytes();
  const head = new ProtobufWriter(16);
  head.varint(content.length);
  const length = head.bytes();
  const frame = new Uint8Array(length.length + 4 + content.length);
  frame.set(length);
  new DataView(frame.buffer).setUint32(length.length, crc32c(content));
  frame.set(content, length.length + 4);
  return frame;
}
