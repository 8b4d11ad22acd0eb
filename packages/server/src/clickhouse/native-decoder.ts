import { Buffer } from 'node:buffer';
import type { Column, ColumnData, Columns, ColumnType } from './database.ts';

/** Reads ClickHouse's Native format: https://clickhouse.com/docs/interfaces/formats/Native (blocks without block info). */

const WORD = 2 ** 32;

/** A block that the bytes at hand do not complete. */
class Incomplete extends Error {}

/** The bytes are not what Native allows, or a type is not one of ColumnType. */
export class NativeFormatError extends Error {}

/** Fed with pieces of any size, gives back every block that is complete; empty blocks are dropped. */
export class NativeDecoder {
  #held: Buffer = Buffer.alloc(0);
  #retryAtBytes = 0;

  push(piece: Uint8Array): Columns[] {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    // An incomplete block is parsed from its start again; waiting for twice the bytes keeps that linear.
    return this.#held.length < this.#retryAtBytes ? [] : this.#take();
  }

  /** The remaining blocks. Throws NativeFormatError when the input ended inside a block. */
  end(): Columns[] {
    const blocks = this.#take();
    if (this.#held.length > 0) throw new NativeFormatError('the result ended in the middle of a block');
    return blocks;
  }

  /** The last bytes that are not part of a complete block: where a server puts the text of a late error. */
  get rest(): Buffer {
    return this.#held;
  }

  #take(): Columns[] {
    const blocks: Columns[] = [];
    const cursor = new Cursor(this.#held);
    let done = 0;
    try {
      while (cursor.offset < this.#held.length) {
        const block = readBlock(cursor);
        done = cursor.offset;
        if (block.rows > 0) blocks.push(block);
      }
    } catch (error) {
      if (!(error instanceof Incomplete)) throw error;
    } finally {
      this.#held = this.#held.subarray(done);
    }
    this.#retryAtBytes = this.#held.length * 2;
    return blocks;
  }
}

/** All blocks of a complete Native text. */
export function decodeNative(bytes: Uint8Array): Columns[] {
  const decoder = new NativeDecoder();
  return [...decoder.push(bytes), ...decoder.end()];
}

function readBlock(cursor: Cursor): Columns {
  const columnCount = cursor.varint();
  const rows = cursor.varint();
  const columns: Column[] = [];
  for (let i = 0; i < columnCount; i++) {
    const name = cursor.string();
    const type = columnType(cursor.string(), name);
    columns.push({ name, type, data: rows === 0 ? [] : readColumn(cursor, type, rows) });
  }
  return { rows, columns };
}

const KNOWN: Readonly<Record<string, ColumnType>> = {
  UInt8: 'UInt8',
  Bool: 'UInt8',
  UInt16: 'UInt16',
  UInt32: 'UInt32',
  Int32: 'Int32',
  UInt64: 'UInt64',
  Int64: 'Int64',
  Float64: 'Float64',
  Date: 'Date',
  String: 'String',
  'LowCardinality(String)': 'LowCardinality(String)',
  'Array(UInt8)': 'Array(UInt8)',
  'Array(String)': 'Array(String)',
  'Array(LowCardinality(String))': 'Array(LowCardinality(String))',
  'Map(LowCardinality(String), String)': 'Map(LowCardinality(String), String)',
};

function columnType(text: string, column: string): ColumnType {
  const type = text.startsWith('DateTime64(3') ? 'DateTime64(3)' : KNOWN[text];
  if (type) return type;
  throw new NativeFormatError(`column ${column} has type ${text}, which Vedette does not read; cast it in the query`);
}

function readColumn(cursor: Cursor, type: ColumnType, rows: number): ColumnData {
  switch (type) {
    case 'UInt8':
      return new Uint8Array(cursor.copy(rows));
    case 'UInt16':
    case 'Date':
      return new Uint16Array(cursor.copy(rows * 2));
    case 'UInt32':
      return new Uint32Array(cursor.copy(rows * 4));
    case 'Int32':
      return new Int32Array(cursor.copy(rows * 4));
    case 'UInt64':
      return new BigUint64Array(cursor.copy(rows * 8));
    case 'Int64':
      return new BigInt64Array(cursor.copy(rows * 8));
    case 'Float64':
      return new Float64Array(cursor.copy(rows * 8));
    case 'DateTime64(3)':
      return numbersFromInt64(cursor.copy(rows * 8));
    case 'String':
      return cursor.strings(rows);
    case 'LowCardinality(String)':
      readDictionaryVersion(cursor);
      return readDictionaryStrings(cursor, rows);
    case 'Array(UInt8)': {
      const ends = cursor.offsets(rows);
      return { length: rows, ends, bytes: new Uint8Array(cursor.copy(ends[rows - 1] as number)) };
    }
    case 'Array(String)': {
      const ends = cursor.offsets(rows);
      return slices(cursor.strings(ends[rows - 1] as number), ends);
    }
    case 'Array(LowCardinality(String))': {
      readDictionaryVersion(cursor);
      const ends = cursor.offsets(rows);
      return slices(readDictionaryStrings(cursor, ends[rows - 1] as number), ends);
    }
    case 'Map(LowCardinality(String), String)': {
      readDictionaryVersion(cursor);
      const ends = cursor.offsets(rows);
      const total = ends[rows - 1] as number;
      const keys = readDictionaryStrings(cursor, total);
      return maps(keys, cursor.strings(total), ends);
    }
  }
}

function numbersFromInt64(buffer: ArrayBuffer): Float64Array {
  const words = new Int32Array(buffer);
  const values = new Float64Array(words.length / 2);
  for (let i = 0; i < values.length; i++) {
    values[i] = (words[2 * i + 1] as number) * WORD + ((words[2 * i] as number) >>> 0);
  }
  return values;
}

/** Safe integers of a UInt64 column, without BigInt. */
export function numbersFromUint64(values: BigUint64Array): Float64Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = (words[2 * i + 1] as number) * WORD + (words[2 * i] as number);
  }
  return numbers;
}

const DICTIONARY_VERSION = 1;
const HAS_ADDITIONAL_KEYS = 0x200;
const NEEDS_GLOBAL_DICTIONARY = 0x100;

function readDictionaryVersion(cursor: Cursor): void {
  const version = cursor.uint64();
  if (version !== DICTIONARY_VERSION) throw new NativeFormatError(`LowCardinality version ${version} is not known`);
}

function readDictionaryStrings(cursor: Cursor, count: number): string[] {
  if (count === 0) return [];
  const flags = cursor.uint64();
  if (!(flags & HAS_ADDITIONAL_KEYS) || flags & NEEDS_GLOBAL_DICTIONARY) {
    throw new NativeFormatError(`LowCardinality flags ${flags} are not known`);
  }
  const keys = cursor.strings(cursor.uint64());
  const rows = cursor.uint64();
  if (rows !== count) throw new NativeFormatError(`LowCardinality column has ${rows} values instead of ${count}`);
  const indexes = readIndexes(cursor, flags & 0xff, rows);
  const texts: string[] = [];
  for (let i = 0; i < rows; i++) texts.push(keys[indexes[i] as number] ?? '');
  return texts;
}

function readIndexes(cursor: Cursor, widthCode: number, rows: number): Uint8Array | Uint16Array | Uint32Array {
  switch (widthCode) {
    case 0:
      return new Uint8Array(cursor.copy(rows));
    case 1:
      return new Uint16Array(cursor.copy(rows * 2));
    case 2:
      return new Uint32Array(cursor.copy(rows * 4));
    default:
      throw new NativeFormatError(`LowCardinality index width ${widthCode} is not known`);
  }
}

function slices(texts: readonly string[], ends: Float64Array): string[][] {
  const lists: string[][] = [];
  let start = 0;
  for (const end of ends) {
    lists.push(texts.slice(start, end));
    start = end;
  }
  return lists;
}

function maps(keys: readonly string[], values: readonly string[], ends: Float64Array): Map<string, string>[] {
  const result: Map<string, string>[] = [];
  let i = 0;
  for (const end of ends) {
    const map = new Map<string, string>();
    for (; i < end; i++) map.set(keys[i] as string, values[i] as string);
    result.push(map);
  }
  return result;
}

class Cursor {
  readonly #bytes: Buffer;
  offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#advance(1)] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  uint64(): number {
    const at = this.#advance(8);
    return this.#bytes.readUInt32LE(at + 4) * WORD + this.#bytes.readUInt32LE(at);
  }

  string(): string {
    const length = this.varint();
    const at = this.#advance(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  strings(count: number): string[] {
    // Every string takes at least its length byte: an absurd count fails here instead of filling memory.
    if (count > this.#bytes.length - this.offset) throw new Incomplete();
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(this.string());
    return texts;
  }

  offsets(rows: number): Float64Array {
    return numbersFromInt64(this.copy(rows * 8));
  }

  /** A copy of its own, because typed arrays need alignment and results outlive the piece they came in. */
  copy(length: number): ArrayBuffer {
    const at = this.#advance(length);
    const copy = new ArrayBuffer(length);
    new Uint8Array(copy).set(this.#bytes.subarray(at, at + length));
    return copy;
  }

  #advance(length: number): number {
    const at = this.offset;
    if (at + length > this.#bytes.length) throw new Incomplete();
    this.offset = at + length;
    return at;
  }
}
