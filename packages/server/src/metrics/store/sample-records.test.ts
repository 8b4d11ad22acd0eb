import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { SampleRecordReader, SampleRecordWriter, SeriesRecordWriter, readSeriesRecord } from './sample-records.ts';

const writer = new SampleRecordWriter();
const reader = new SampleRecordReader();

describe('records of the log', () => {
  it('give back refs, timestamps and the bits of values', () => {
    const row = fc.record({
      ref: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 0xffff_ffff })),
      timestampMs: fc.oneof(fc.constant(1_767_225_600_000), fc.integer({ min: -1e12, max: 4e12 })),
      bits: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 300 }), fc.nat(299), (rows, skipped) => {
        const from = skipped % rows.length;
        const exact = BigUint64Array.from(rows, ({ bits }) => bits);
        const columns = {
          length: rows.length,
          ref: Uint32Array.from(rows, ({ ref }) => ref),
          timestampMs: Float64Array.from(rows, ({ timestampMs }) => timestampMs),
          value: new Float64Array(exact.buffer),
        };
        reader.decode(Buffer.from(writer.encode(columns, from, rows.length)));
        expect(reader.length).toBe(rows.length - from);
        expect(reader.ref.slice(0, reader.length)).toEqual(columns.ref.slice(from));
        expect(reader.timestampMs.slice(0, reader.length)).toEqual(columns.timestampMs.slice(from));
        expect(new BigUint64Array(reader.value.slice(0, reader.length).buffer)).toEqual(exact.slice(from));
      }),
      { numRuns: 300 },
    );
  });

  it('take two bytes and the value for a sample of a scrape', () => {
    const rows = 5_000;
    const columns = {
      length: rows,
      ref: Uint32Array.from({ length: rows }, (_, i) => 100_000 + i),
      timestampMs: new Float64Array(rows).fill(1_767_225_600_000),
      value: new Float64Array(rows),
    };
    expect(writer.encode(columns, 0, rows).length).toBeLessThan(rows * 9 + 30);
  });

  it('name series with any labels, once', () => {
    const series = new SeriesRecordWriter();
    const labels = Labels.fromObject({ __name__: 'm', zone: 'Nord „Ost“', camera: '📷', long: 'x'.repeat(4_000) });
    series.add(7, 2 ** 53 - 1, labels);
    series.add(0xffff_ffff, 1, undefined);
    const read: unknown[] = [];
    readSeriesRecord(Buffer.from(series.take()), (ref, id, found) => read.push([ref, id, found?.toString()]));
    expect(read).toEqual([
      [7, 2 ** 53 - 1, labels.toString()],
      [0xffff_ffff, 1, undefined],
    ]);
    expect(series.isEmpty).toBe(true);
  });

  it('of any other bytes are refused, never a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const read of [
          () => reader.decode(Buffer.from(bytes)),
          () => readSeriesRecord(Buffer.from(bytes), () => undefined),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toMatchObject({ code: 'DATA_DIR_INVALID' });
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
