import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column, Columns } from './database.ts';
import { NativeDecoder, NativeFormatError, decodeNative, numbersFromUint64 } from './native-decoder.ts';
import { encodeNative } from './native-encoder.ts';

/** Types that are written as they are read; LowCardinality ones are declared plain and covered by the contract suite. */
function columnOf(rows: number): fc.Arbitrary<Column> {
  const list = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { minLength: rows, maxLength: rows });
  const text = fc.string({ unit: 'binary', maxLength: 300 }).map((value) => value.toWellFormed());
  const named = (type: Column['type'], data: fc.Arbitrary<Column['data']>): fc.Arbitrary<Column> =>
    fc.record({ name: fc.string({ unit: 'grapheme', minLength: 1 }), type: fc.constant(type), data });
  return fc.oneof(
    named(
      'UInt8',
      list(fc.integer({ min: 0, max: 255 })).map((values) => Uint8Array.from(values)),
    ),
    named(
      'UInt16',
      list(fc.integer({ min: 0, max: 65_535 })).map((values) => Uint16Array.from(values)),
    ),
    named(
      'Date',
      list(fc.integer({ min: 0, max: 65_535 })).map((values) => Uint16Array.from(values)),
    ),
    named(
      'UInt32',
      list(fc.integer({ min: 0, max: 4_294_967_295 })).map((values) => Uint32Array.from(values)),
    ),
    named(
      'Int32',
      list(fc.integer()).map((values) => Int32Array.from(values)),
    ),
    named(
      'UInt64',
      list(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map((values) => BigUint64Array.from(values)),
    ),
    named(
      'Int64',
      list(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((values) => BigInt64Array.from(values)),
    ),
    named(
      'Float64',
      list(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map(
        (values) => new Float64Array(BigUint64Array.from(values).buffer),
      ),
    ),
    named(
      'DateTime64(3)',
      list(fc.integer({ min: -(2 ** 53 - 1), max: 2 ** 53 - 1 })).map((values) => Float64Array.from(values)),
    ),
    named('String', list(text)),
    named(
      'Array(UInt8)',
      list(fc.uint8Array({ maxLength: 20 })).map((values) => {
        let end = 0;
        const ends = Float64Array.from(values, (bytes) => (end += bytes.length));
        return { length: rows, ends, bytes: Uint8Array.from(values.flatMap((bytes) => [...bytes])) };
      }),
    ),
    named('Array(String)', list(fc.array(text, { maxLength: 4 }))),
  );
}

const blockOf: fc.Arbitrary<Columns> = fc
  .integer({ min: 1, max: 20 })
  .chain((rows) => fc.array(columnOf(rows), { minLength: 1, maxLength: 5 }).map((columns) => ({ rows, columns })));

const bits = (data: Column['data']): unknown =>
  data instanceof Float64Array ? new BigUint64Array(data.slice().buffer) : data;

describe('Native format', () => {
  it('reads back every block bit by bit', () => {
    fc.assert(
      fc.property(blockOf, (block) => {
        const [read, ...more] = decodeNative(Buffer.concat(encodeNative(block)));
        expect(more).toEqual([]);
        expect(read?.rows).toBe(block.rows);
        expect(read?.columns.map((column) => [column.name, column.type, bits(column.data)])).toEqual(
          block.columns.map((column) => [column.name, column.type, bits(column.data)]),
        );
      }),
    );
  });

  it('reads the same blocks however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(blockOf, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (blocks, cuts) => {
          const bytes = Buffer.concat(blocks.flatMap(encodeNative));
          const decoder = new NativeDecoder();
          const read: Columns[] = [];
          let at = 0;
          for (let i = 0; at < bytes.length; i++) {
            const length = cuts[i % cuts.length] ?? 1;
            read.push(...decoder.push(bytes.subarray(at, at + length)));
            at += length;
          }
          read.push(...decoder.end());
          expect(read).toEqual(decodeNative(bytes));
          expect(read).toHaveLength(blocks.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('never reads a cut text as a whole one', () => {
    fc.assert(
      fc.property(blockOf, fc.nat(), (block, seed) => {
        const bytes = Buffer.concat(encodeNative(block));
        const cut = bytes.subarray(0, 1 + (seed % (bytes.length - 1)));
        expect(() => decodeNative(cut)).toThrow(NativeFormatError);
      }),
    );
  });

  it('drops blocks without rows', () => {
    const empty = encodeNative({ rows: 0, columns: [{ name: 'a', type: 'String', data: [] }] });
    expect(decodeNative(Buffer.concat([...empty, ...empty]))).toEqual([]);
  });

  it('writes safe integers as UInt64 and reads them without BigInt', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { minLength: 1 }), (values) => {
        const data = Float64Array.from(values);
        const block: Columns = { rows: values.length, columns: [{ name: 'id', type: 'UInt64', data }] };
        const [read] = decodeNative(Buffer.concat(encodeNative(block)));
        expect(numbersFromUint64(read?.columns[0]?.data as BigUint64Array)).toEqual(data);
      }),
    );
  });

  it('reads a string longer than its scratch space, and a column of a hundred thousand', () => {
    const data = [...Array.from({ length: 100_000 }, (_, i) => `text ${i}`), 'ü'.repeat(70_000)];
    const [read] = decodeNative(
      Buffer.concat(encodeNative({ rows: data.length, columns: [{ name: 's', type: 'String', data }] })),
    );
    expect(read?.columns[0]?.data).toEqual(data);
  });

  it('refuses columns of the wrong length or array', () => {
    const wrong =
      (column: Column, rows = 1): (() => unknown) =>
      () =>
        encodeNative({ rows, columns: [column] });
    expect(wrong({ name: 'a', type: 'UInt8', data: Uint8Array.of(1, 2) })).toThrow(/column a has 2 values/);
    expect(wrong({ name: 'a', type: 'UInt32', data: Uint8Array.of(1) })).toThrow(/wrong kind of array/);
    expect(wrong({ name: 'a', type: 'DateTime64(3)', data: BigInt64Array.of(1n) })).toThrow(/Float64Array/);
  });
});
