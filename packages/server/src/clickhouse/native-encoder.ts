import { Buffer } from 'node:buffer';
import type { ByteLists, Column, Columns } from './database.ts';

/** Writes ClickHouse's Native format: https://clickhouse.com/docs/interfaces/formats/Native (block without block info). */

const WORD = 2 ** 32;

/**
 * One block as buffers, to be written one after the other; numeric columns are not copied where memory order allows. Type
 * LowCardinality(X) is declared as X: the engine converts on insert, and dictionaries are its business.
 */
export function encodeNative(block: Columns): Buffer[] {
  const out = new ByteList();
  out.varint(block.columns.length);
  out.varint(block.rows);
  for (const column of block.columns) {
    if (column.data.length !== block.rows) {
      throw new RangeError(`column ${column.name} has ${column.data.length} values in a block of ${block.rows} rows`);
    }
    out.string(column.name);
    out.string(wireType(column));
    if (block.rows > 0) encodeColumn(out, column);
  }
  return out.finish();
}

function wireType(column: Column): string {
  switch (column.type) {
    case 'LowCardinality(String)':
      return 'String';
    case 'Array(LowCardinality(String))':
      return 'Array(String)';
    case 'Map(LowCardinality(String), String)':
      return 'Map(String, String)';
    default:
      return column.type;
  }
}

function encodeColumn(out: ByteList, column: Column): void {
  const { data } = column;
  switch (column.type) {
    case 'DateTime64(3)':
      out.bytes(int64FromNumbers(float64(column)));
      return;
    case 'UInt64':
      out.bytes(data instanceof Float64Array ? int64FromNumbers(data) : bytesOf(column));
      return;
    case 'UInt8':
    case 'UInt16':
    case 'UInt32':
    case 'Int32':
    case 'Int64':
    case 'Float64':
    case 'Date':
      out.bytes(bytesOf(column));
      return;
    case 'String':
    case 'LowCardinality(String)':
      for (const text of data as readonly string[]) out.string(text);
      return;
    case 'Array(UInt8)': {
      const { ends, bytes } = data as ByteLists;
      out.bytes(int64FromNumbers(ends));
      out.bytes(Buffer.from(bytes.buffer, bytes.byteOffset, ends.at(-1) ?? 0));
      return;
    }
    case 'Array(String)':
    case 'Array(LowCardinality(String))': {
      const lists = data as readonly (readonly string[])[];
      out.bytes(offsets(lists.map((list) => list.length)));
      for (const list of lists) for (const text of list) out.string(text);
      return;
    }
    case 'Map(LowCardinality(String), String)': {
      const maps = data as readonly ReadonlyMap<string, string>[];
      out.bytes(offsets(maps.map((map) => map.size)));
      for (const map of maps) for (const key of map.keys()) out.string(key);
      for (const map of maps) for (const value of map.values()) out.string(value);
      return;
    }
  }
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  UInt8: 1,
  UInt16: 2,
  Date: 2,
  UInt32: 4,
  Int32: 4,
  UInt64: 8,
  Int64: 8,
  Float64: 8,
};

function bytesOf(column: Column): Buffer {
  const { data } = column;
  if (!ArrayBuffer.isView(data) || data.BYTES_PER_ELEMENT !== ELEMENT_BYTES[column.type]) {
    throw new TypeError(`column ${column.name} of type ${column.type} was given the wrong kind of array`);
  }
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function float64(column: Column): Float64Array {
  if (column.data instanceof Float64Array) return column.data;
  throw new TypeError(`column ${column.name} of type ${column.type} needs a Float64Array of milliseconds`);
}

/** Safe integers as little-endian 64-bit words, negative ones in two's complement, without BigInt. */
function int64FromNumbers(values: Float64Array): Buffer {
  const words = new Int32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const value = Math.floor(values[i] as number);
    const low = value >>> 0;
    words[2 * i] = low;
    words[2 * i + 1] = (value - low) / WORD;
  }
  return Buffer.from(words.buffer);
}

function offsets(lengths: readonly number[]): Buffer {
  const ends = new Float64Array(lengths.length);
  let end = 0;
  for (const [i, length] of lengths.entries()) ends[i] = end += length;
  return int64FromNumbers(ends);
}

/** Small writes go to a growing scratch buffer; big ones are passed on as they are. */
class ByteList {
  readonly #done: Buffer[] = [];
  #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  #start = 0;
  #end = 0;

  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest >= 0x80) {
      this.#scratch[this.#end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#scratch[this.#end++] = rest;
  }

  string(text: string): void {
    // A UTF-16 code unit is at most three bytes of UTF-8.
    if (text.length * 3 + VARINT_BYTES_MAX > SCRATCH_BYTES) {
      const bytes = Buffer.from(text, 'utf8');
      this.varint(bytes.length);
      this.bytes(bytes);
      return;
    }
    this.#reserve(text.length * 3 + VARINT_BYTES_MAX);
    if (text.length * 3 < 0x80) {
      const length = this.#scratch.write(text, this.#end + 1, 'utf8');
      this.#scratch[this.#end] = length;
      this.#end += length + 1;
      return;
    }
    this.varint(Buffer.byteLength(text, 'utf8'));
    this.#end += this.#scratch.write(text, this.#end, 'utf8');
  }

  bytes(bytes: Buffer): void {
    this.#flush();
    this.#done.push(bytes);
  }

  finish(): Buffer[] {
    this.#flush();
    return this.#done;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#scratch.length) return;
    this.#flush();
    this.#scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
    this.#start = 0;
    this.#end = 0;
  }

  #flush(): void {
    if (this.#end > this.#start) this.#done.push(this.#scratch.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

const SCRATCH_BYTES = 65_536;
const VARINT_BYTES_MAX = 10;
