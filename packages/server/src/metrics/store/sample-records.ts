import { Buffer } from 'node:buffer';
import { VedetteError } from '../../base/errors.ts';
import { Labels } from '../../model/labels.ts';
import type { SeriesId } from './series-id.ts';

/**
 * Records of float samples in the write-ahead log. Series are named by refs, small numbers that mean something inside one segment:
 * a `series` record says which id (and, the first time, which labels) a ref stands for, until a later one says otherwise.
 *
 *   series:  entries of ref, id, number of label strings (0: stored already), and name, value, name, value, …
 *   samples: number of rows, flags, first timestamp (f64); refs as zigzag changes; timestamps as zigzag changes unless all are
 *            equal; values as f64. Numbers are varints, bytes of texts come behind their length.
 */

/** Rows of one `samples` record; the owner splits longer batches. */
export const RECORD_ROWS_MAX = 32_768;
/** A `series` record is closed when it has become so large. */
export const SERIES_RECORD_BYTES = 512 * 1024;

const EQUAL_TIMESTAMPS = 1;
const VARINT_BYTES_MAX = 10;
const SAMPLE_BYTES_MAX = 2 * VARINT_BYTES_MAX + 8;
const HEADER_BYTES_MAX = VARINT_BYTES_MAX + 1 + 8;

/** Rows of a batch, by ref. */
export interface RefColumns {
  readonly length: number;
  readonly ref: Uint32Array;
  readonly timestampMs: Float64Array;
  /** NaN payloads are kept bit by bit. */
  readonly value: Float64Array;
}

/** Makes `samples` records in a buffer that is used again for the next. */
export class SampleRecordWriter {
  #out = Buffer.allocUnsafeSlow(64 * 1024);

  /** The record of rows [from, to); valid until the next call. */
  encode(rows: RefColumns, from: number, to: number): Uint8Array {
    const needed = HEADER_BYTES_MAX + (to - from) * SAMPLE_BYTES_MAX;
    if (this.#out.length < needed) this.#out = Buffer.allocUnsafeSlow(needed);
    const out = this.#out;
    const { ref, timestampMs, value } = rows;
    const firstMs = timestampMs[from] as number;
    let equal = true;
    for (let row = from + 1; equal && row < to; row++) equal = timestampMs[row] === firstMs;
    let at = putVarint(out, 0, to - from);
    out[at++] = equal ? EQUAL_TIMESTAMPS : 0;
    at = out.writeDoubleLE(firstMs, at);
    let last = 0;
    for (let row = from; row < to; row++) {
      const next = ref[row] as number;
      at = putZigzag(out, at, next - last);
      last = next;
    }
    if (!equal) {
      let lastMs = firstMs;
      for (let row = from; row < to; row++) {
        const next = timestampMs[row] as number;
        at = putZigzag(out, at, next - lastMs);
        lastMs = next;
      }
    }
    out.set(new Uint8Array(value.buffer, value.byteOffset + from * 8, (to - from) * 8), at);
    return out.subarray(0, at + (to - from) * 8);
  }
}

/** Reads `samples` records into columns that are used again for the next. Throws DATA_DIR_INVALID for what is none. */
export class SampleRecordReader implements RefColumns {
  length = 0;
  readonly ref = new Uint32Array(RECORD_ROWS_MAX);
  readonly timestampMs = new Float64Array(RECORD_ROWS_MAX);
  readonly value = new Float64Array(RECORD_ROWS_MAX);
  readonly #bytes = new Uint8Array(this.value.buffer);

  decode(payload: Buffer): void {
    const cursor = new Cursor(payload);
    const rows = cursor.varint();
    if (rows > RECORD_ROWS_MAX) throw notARecord();
    const equal = (cursor.byte() & EQUAL_TIMESTAMPS) !== 0;
    const firstMs = cursor.double();
    const { ref, timestampMs } = this;
    let last = 0;
    for (let row = 0; row < rows; row++) ref[row] = last += cursor.zigzag();
    if (equal) {
      timestampMs.fill(firstMs, 0, rows);
    } else {
      let lastMs = firstMs;
      for (let row = 0; row < rows; row++) timestampMs[row] = lastMs += cursor.zigzag();
    }
    this.#bytes.set(cursor.bytes(rows * 8));
    this.length = rows;
  }

  /** Replaces each ref by what `refOf` gives; rows for which that is 0 are taken out, and counted. */
  keepNamed(refOf: (ref: number) => number): { readonly left: number } {
    const { ref, timestampMs, value } = this;
    const words = new Uint32Array(value.buffer);
    let kept = 0;
    for (let row = 0; row < this.length; row++) {
      const known = refOf(ref[row] as number);
      if (known === 0) continue;
      ref[kept] = known;
      if (kept !== row) {
        timestampMs[kept] = timestampMs[row] as number;
        // As words: a NaN in a variable may lose its payload.
        words[2 * kept] = words[2 * row] as number;
        words[2 * kept + 1] = words[2 * row + 1] as number;
      }
      kept++;
    }
    const left = this.length - kept;
    this.length = kept;
    return { left };
  }
}

/** Gathers entries of `series` records. */
export class SeriesRecordWriter {
  #out = Buffer.allocUnsafeSlow(4 * 1024);
  #bytes = 0;

  get isFull(): boolean {
    return this.#bytes >= SERIES_RECORD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** Without labels when they are stored already. */
  add(ref: number, id: SeriesId, labels: Labels | undefined): void {
    const texts = labels?.pairs ?? [];
    let room = 3 * VARINT_BYTES_MAX;
    for (const text of texts) room += VARINT_BYTES_MAX + text.length * 3;
    this.#reserve(room);
    const out = this.#out;
    let at = putVarint(out, this.#bytes, ref);
    at = putVarint(out, at, id);
    at = putVarint(out, at, texts.length);
    for (const text of texts) {
      const bytes = Buffer.byteLength(text, 'utf8');
      at = putVarint(out, at, bytes);
      at += out.write(text, at, 'utf8');
    }
    this.#bytes = at;
  }

  /** The record; the writer is empty then. Valid until the next `add`. */
  take(): Uint8Array {
    const record = this.#out.subarray(0, this.#bytes);
    this.#bytes = 0;
    return record;
  }

  #reserve(room: number): void {
    if (this.#bytes + room <= this.#out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes + room, 2 * this.#out.length));
    this.#out.copy(larger, 0, 0, this.#bytes);
    this.#out = larger;
  }
}

/** Calls back for each entry of a `series` record. Throws DATA_DIR_INVALID for what is none. */
export function readSeriesRecord(
  payload: Buffer,
  entry: (ref: number, id: SeriesId, labels: Labels | undefined) => void,
): void {
  const cursor = new Cursor(payload);
  while (!cursor.done) {
    const ref = cursor.varint();
    const id = cursor.varint();
    const count = cursor.varint();
    if (count > payload.length) throw notARecord();
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(cursor.text(cursor.varint()));
    entry(ref, id, count === 0 ? undefined : Labels.fromSortedPairs(texts));
  }
}

/** The same without the labels. */
export function readSeriesNames(payload: Buffer, entry: (ref: number, id: SeriesId) => void): void {
  const cursor = new Cursor(payload);
  while (!cursor.done) {
    const ref = cursor.varint();
    const id = cursor.varint();
    for (let left = cursor.varint(); left > 0; left--) cursor.skip(cursor.varint());
    entry(ref, id);
  }
}

class Cursor {
  readonly #from: Buffer;
  #at = 0;

  constructor(from: Buffer) {
    this.#from = from;
  }

  get done(): boolean {
    return this.#at >= this.#from.length;
  }

  byte(): number {
    return this.#from[this.#at++] ?? fail();
  }

  varint(): number {
    const from = this.#from;
    let byte = from[this.#at++] ?? fail();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      byte = from[this.#at++] ?? fail();
      value += (byte & 0x7f) * unit;
    }
    return value;
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    return this.bytes(8).readDoubleLE(0);
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#from.length) throw notARecord();
  }

  text(length: number): string {
    const start = this.#at;
    this.skip(length);
    return this.#from.toString('utf8', start, this.#at);
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#from.length) throw notARecord();
    const bytes = this.#from.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

function fail(): never {
  throw notARecord();
}

function notARecord(): VedetteError {
  return new VedetteError('DATA_DIR_INVALID', 'a record of the write-ahead log is not what this version writes');
}

function putZigzag(out: Uint8Array, at: number, value: number): number {
  return putVarint(out, at, value >= 0 ? value * 2 : value * -2 - 1);
}

function putVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  if (rest >= 0x8000_0000) {
    while (rest >= 0x80) {
      out[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
  } else {
    while (rest >= 0x80) {
      out[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
  }
  out[at++] = rest;
  return at;
}
