import type { DecodedMetadata } from './decode-write-request.ts';

export interface EncodedSeries {
  /** name, value, name, value, … sorted by name. */
  readonly labelPairs: readonly string[];
  readonly timestampMs: ArrayLike<number>;
  readonly value: Float64Array;
}

const METADATA_TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'];
const utf8 = new TextEncoder();

/** The bytes of a prometheus.WriteRequest. */
export function encodeWriteRequest(
  series: readonly EncodedSeries[],
  metadata: readonly DecodedMetadata[] = [],
): Uint8Array {
  const writer = new Writer();
  for (const one of series) {
    writer.message(1, () => {
      for (let i = 0; i < one.labelPairs.length; i += 2) {
        writer.message(1, () => {
          writer.text(1, one.labelPairs[i] ?? '');
          writer.text(2, one.labelPairs[i + 1] ?? '');
        });
      }
      for (let i = 0; i < one.value.length; i++) {
        writer.message(2, () => {
          writer.double(1, one.value, i);
          writer.int64(2, one.timestampMs[i] ?? 0);
        });
      }
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

class Writer {
  #buffer = new Uint8Array(4_096);
  #at = 0;

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#at);
  }

  /** Writes the content first, then moves it to make room for its length. */
  message(field: number, content: () => void): void {
    this.#varint((field << 3) | 2);
    const start = this.#at;
    content();
    const length = this.#at - start;
    const lengthBytes = varintLength(length);
    this.#reserve(lengthBytes);
    this.#buffer.copyWithin(start + lengthBytes, start, this.#at);
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  text(field: number, text: string): void {
    if (text === '') return;
    const bytes = utf8.encode(text);
    this.#varint((field << 3) | 2);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Copies the eight bytes, so that a NaN keeps its payload. */
  double(field: number, values: Float64Array, index: number): void {
    this.#varint((field << 3) | 1);
    this.#reserve(8);
    this.#buffer.set(new Uint8Array(values.buffer, values.byteOffset + index * 8, 8), this.#at);
    this.#at += 8;
  }

  int64(field: number, value: number): void {
    this.#varint(field << 3);
    if (value >= 0) {
      this.#varint(value);
      return;
    }
    for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
      this.#reserve(1);
      this.#buffer[this.#at++] = Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0);
      if (rest <= 0x7fn) return;
    }
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at + bytes));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length++;
  return length;
}
