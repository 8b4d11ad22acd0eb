import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isVedetteError } from '../../src/base/errors.ts';
import {
  type Columns,
  type Database,
  type ReadOptions,
  type Sql,
  numberList,
  fragment,
  name,
  sql,
  stringList,
} from '../../src/clickhouse/index.ts';

/** What both drivers must do; `describeDatabase` is called by one test file per driver. */
export interface DatabaseUnderTest {
  readonly database: Database;
  /** Stops and starts the engine, keeping what is stored. */
  restart(): Promise<Database>;
  close(): Promise<void>;
}

const ALL_TYPES: Columns = {
  rows: 3,
  columns: [
    { name: 'u8', type: 'UInt8', data: Uint8Array.of(0, 1, 255) },
    { name: 'u16', type: 'UInt16', data: Uint16Array.of(0, 1, 65_535) },
    { name: 'u32', type: 'UInt32', data: Uint32Array.of(0, 1, 4_294_967_295) },
    { name: 'i32', type: 'Int32', data: Int32Array.of(-2_147_483_648, 0, 2_147_483_647) },
    { name: 'u64', type: 'UInt64', data: BigUint64Array.of(0n, 1n, 18_446_744_073_709_551_615n) },
    { name: 'i64', type: 'Int64', data: BigInt64Array.of(-9_223_372_036_854_775_808n, 0n, 5n) },
    { name: 'f64', type: 'Float64', data: Float64Array.of(-0, Infinity, 1e-308) },
    { name: 'ts', type: 'DateTime64(3)', data: Float64Array.of(-1, 0, 1_767_225_600_123) },
    { name: 'day', type: 'Date', data: Uint16Array.of(0, 20_454, 65_535) },
    { name: 'text', type: 'String', data: ['', 'Kamera 7 — Nord', '\u0000\n\t\\\'"`\u{1f4f7}'] },
    { name: 'low', type: 'LowCardinality(String)', data: ['', 'a', 'a'] },
    {
      name: 'bytes',
      type: 'Array(UInt8)',
      data: { length: 3, ends: Float64Array.of(0, 4, 5), bytes: Uint8Array.of(0, 255, 128, 10, 0) },
    },
    { name: 'list', type: 'Array(String)', data: [[], ['', 'x'], ['y']] },
    { name: 'low_list', type: 'Array(LowCardinality(String))', data: [['q', 'q'], [], ['r']] },
    {
      name: 'map',
      type: 'Map(LowCardinality(String), String)',
      data: [
        new Map(),
        new Map([
          ['k', 'v'],
          ['', ''],
        ]),
        new Map([['k', '']]),
      ],
    },
  ],
};

const SLOW = sql`SELECT sleepEachRow(0.02) FROM numbers(2000) SETTINGS max_block_size = 10`;
const SLOW_LONG = sql`SELECT number FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number, number, number)) AND number % 1000003 = 1`;

export function describeDatabase(driver: string, open: () => Promise<DatabaseUnderTest>): void {
  describe(driver, () => {
    let under: DatabaseUnderTest;
    let database: Database;
    let table = '';
    let count = 0;

    beforeAll(async () => {
      under = await open();
      database = under.database;
    });
    afterAll(async () => {
      await under.close();
    });
    beforeEach(() => {
      table = `t${++count}`;
    });

    async function read(statement: Sql, options: ReadOptions = {}, signal?: AbortSignal): Promise<Columns[]> {
      const blocks: Columns[] = [];
      for await (const block of database.query(statement, options, signal)) blocks.push(block);
      return blocks;
    }
    async function one(statement: Sql): Promise<unknown> {
      const data = (await read(statement))[0]?.columns[0]?.data;
      return data === undefined || !(0 in data) ? undefined : data[0];
    }
    async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
      try {
        await work;
        return undefined;
      } catch (error) {
        return isVedetteError(error) ? error.code : `not ours: ${String(error)}`;
      }
    }
    async function createSimple(): Promise<void> {
      await database.exec(
        sql`CREATE TABLE ${name(table)} (n UInt32, text String) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100`,
      );
    }
    function simple(numbers: readonly number[], text = 'x'): Columns {
      return {
        rows: numbers.length,
        columns: [
          { name: 'n', type: 'UInt32', data: Uint32Array.from(numbers) },
          { name: 'text', type: 'String', data: numbers.map(() => text) },
        ],
      };
    }

    it.each(['short', 'long'] as const)('stores and returns every column type (lane %s)', async (lane) => {
      const types = ALL_TYPES.columns.map((column) => `${column.name} ${column.type}`).join(', ');
      await database.exec(sql`CREATE TABLE ${name(table)} (${fragment(types as Sql)}) ENGINE = MergeTree ORDER BY u8`);
      await database.insert(table, ALL_TYPES);
      const blocks = await read(sql`SELECT * FROM ${name(table)} ORDER BY u8`, { lane });
      expect(blocks).toHaveLength(1);
      expect(blocks[0]?.columns).toEqual(ALL_TYPES.columns);
    });

    it('takes safe integers for UInt64 columns', async () => {
      await database.exec(sql`CREATE TABLE ${name(table)} (id UInt64) ENGINE = MergeTree ORDER BY id`);
      const data = Float64Array.of(0, 2 ** 32, Number.MAX_SAFE_INTEGER);
      await database.insert(table, { rows: 3, columns: [{ name: 'id', type: 'UInt64', data }] });
      const [block] = await read(sql`SELECT id FROM ${name(table)} ORDER BY id`);
      expect(block?.columns[0]?.data).toEqual(BigUint64Array.of(0n, 4_294_967_296n, 9_007_199_254_740_991n));
    });

    it('keeps the payload bits of NaN', async () => {
      await database.exec(sql`CREATE TABLE ${name(table)} (n UInt8, v Float64) ENGINE = MergeTree ORDER BY n`);
      const bits = BigUint64Array.of(0x7ff0000000000002n, 0x7ff8000000000001n, 0xfff8000000000000n);
      await database.insert(table, {
        rows: 3,
        columns: [
          { name: 'n', type: 'UInt8', data: Uint8Array.of(1, 2, 3) },
          { name: 'v', type: 'Float64', data: new Float64Array(bits.buffer) },
        ],
      });
      const [block] = await read(sql`SELECT v FROM ${name(table)} ORDER BY n`);
      const values = block?.columns[0]?.data as Float64Array;
      expect(new BigUint64Array(values.buffer, values.byteOffset, 3)).toEqual(bits);
    });

    it('returns any string given as a literal unchanged', async () => {
      const hostile = fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({
          unit: fc.constantFrom(
            "'",
            '\\',
            '`',
            '"',
            '\n',
            '\r',
            '\0',
            '%',
            '?',
            '{',
            '}',
            ';',
            '-',
            '/',
            '*',
            'n',
            'x',
            '0',
          ),
        }),
      );
      await fc.assert(
        fc.asyncProperty(hostile, async (text) => {
          expect(await one(sql`SELECT ${text} AS text`)).toBe(text);
          expect(await one(sql`SELECT ${text} IN (${fragment(stringList([text, 'other']))}) AS found`)).toBe(1);
        }),
        { numRuns: 60 },
      );
    });

    it('takes names with any characters and empty lists', async () => {
      table = 'we`ird \\ "name" ü';
      await createSimple();
      await database.insert(table, simple([1]));
      expect(await one(sql`SELECT toUInt32(count()) AS c FROM ${name(table)}`)).toBe(1);
      expect(
        await one(sql`SELECT toUInt32(count()) AS c FROM ${name(table)} WHERE n IN (${fragment(numberList([]))})`),
      ).toBe(0);
    });

    it('streams a large result in blocks and stops the query when the reader leaves', async () => {
      let rows = 0;
      for await (const block of database.query(sql`SELECT number FROM numbers(1000000000)`, { lane: 'long' })) {
        rows += block.rows;
        if (rows > 200_000) break;
      }
      expect(rows).toBeLessThan(5_000_000);
      expect(await one(sql`SELECT toUInt8(7) AS seven`)).toBe(7);
    });

    it('yields nothing for an empty result', async () => {
      expect(await read(sql`SELECT number FROM numbers(10) WHERE number > 100`)).toEqual([]);
      expect(await read(sql`SELECT number FROM numbers(10) WHERE number > 100`, { lane: 'long' })).toEqual([]);
    });

    it('stores one copy of a batch that is sent again with its token, and two without', async () => {
      await createSimple();
      await database.insert(table, simple([1, 2, 3]), { deduplicationToken: 'batch-1' });
      await database.insert(table, simple([1, 2, 3]), { deduplicationToken: 'batch-1' });
      expect(await one(sql`SELECT toUInt32(count()) AS c FROM ${name(table)}`)).toBe(3);
      await database.insert(table, simple([1, 2, 3]), { deduplicationToken: 'batch-2' });
      expect(await one(sql`SELECT toUInt32(count()) AS c FROM ${name(table)}`)).toBe(6);
    });

    it('remembers tokens and rows across a restart', async () => {
      await createSimple();
      await database.insert(table, simple([1, 2, 3]), { deduplicationToken: 'batch-1' });
      database = await under.restart();
      await database.insert(table, simple([1, 2, 3]), { deduplicationToken: 'batch-1' });
      expect(await one(sql`SELECT toUInt32(count()) AS c FROM ${name(table)}`)).toBe(3);
    });

    it.each([
      ['short', SLOW],
      ['long', SLOW],
      ['short', SLOW_LONG],
      ['long', SLOW_LONG],
    ] as const)('kills a running query when its signal aborts (lane %s, %s)', async (lane, statement) => {
      const controller = new AbortController();
      const reason = new Error('the client left');
      const running = read(statement, { lane }, controller.signal);
      setTimeout(() => controller.abort(reason), 150);
      const started = performance.now();
      await expect(running).rejects.toBe(reason);
      expect(performance.now() - started).toBeLessThan(2_000);
      await expect
        .poll(() =>
          one(
            sql`SELECT toUInt32(countIf(query LIKE '%sleepEach%' OR query LIKE '%sipHash64(number%')) - 1 AS c FROM system.processes WHERE is_cancelled = 0`,
          ),
        )
        .toBeLessThanOrEqual(0);
    });

    it('does not start a query whose signal has aborted already', async () => {
      const reason = new Error('gone');
      await expect(read(SLOW, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it.each(['short', 'long'] as const)('ends a query that runs longer than its time (lane %s)', async (lane) => {
      const started = performance.now();
      expect(await codeOf(read(SLOW, { lane, timeoutMs: 300 }))).toBe('DATABASE_TIMEOUT');
      expect(performance.now() - started).toBeLessThan(3_000);
    });

    it.each(['short', 'long'] as const)('refuses more rows than were asked for (lane %s)', async (lane) => {
      expect(await codeOf(read(sql`SELECT number FROM numbers(1000)`, { lane, rowsMax: 999 }))).toBe('QUERY_TOO_LARGE');
      expect((await read(sql`SELECT number FROM numbers(1000)`, { lane, rowsMax: 1000 }))[0]?.rows).toBe(1000);
    });

    it.each(['short', 'long'] as const)(
      'passes on what the engine says about a wrong statement (lane %s)',
      async (lane) => {
        await expect(read(sql`SELECT nope FROM numbers(1)`, { lane })).rejects.toMatchObject({
          code: 'DATABASE_QUERY',
          message: expect.stringContaining('nope') as unknown,
          details: { engineCode: 47 },
        });
        await expect(database.exec(sql`CREATE TABLE x (`)).rejects.toMatchObject({
          code: 'DATABASE_QUERY',
          details: { engineCode: 62 },
        });
        await expect(database.insert('absent', simple([1]))).rejects.toMatchObject({
          code: 'DATABASE_QUERY',
          details: { engineCode: 60 },
        });
      },
    );

    it('reports an error that comes after the first rows', async () => {
      const statement = sql`SELECT throwIf(number = 5000000) FROM numbers(10000000) SETTINGS max_threads = 1`;
      expect(await codeOf(read(statement, { lane: 'long' }))).toBe('DATABASE_QUERY');
    });

    it('reports a query that would take too much memory', async () => {
      const statement = sql`SELECT count() FROM (SELECT groupArray(number) FROM numbers(100000000)) SETTINGS max_memory_usage = 10000000`;
      expect(await codeOf(read(statement))).toBe('QUERY_TOO_LARGE');
    });

    it('refuses to read a type it does not know, and names the column', async () => {
      await expect(read(sql`SELECT toIPv4('127.0.0.1') AS address`)).rejects.toMatchObject({
        code: 'DATABASE_QUERY',
        message: expect.stringContaining('address') as unknown,
      });
    });

    it('answers a short query while long ones run', async () => {
      const controller = new AbortController();
      const long = [read(SLOW, { lane: 'long' }, controller.signal), read(SLOW, { lane: 'long' }, controller.signal)];
      const settled = Promise.allSettled(long);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const started = performance.now();
      expect(await one(sql`SELECT toUInt8(1) AS n`)).toBe(1);
      expect(performance.now() - started).toBeLessThan(500);
      controller.abort(new Error('enough'));
      await settled;
    });

    it('inserts while others read, and every acknowledged row is there', async () => {
      await createSimple();
      const batches = 20;
      const reads: Promise<Columns[]>[] = [];
      for (let i = 0; i < batches; i++) {
        await database.insert(table, simple([i * 2, i * 2 + 1]));
        reads.push(read(sql`SELECT toUInt32(count()) AS c FROM ${name(table)}`, { lane: i % 2 ? 'long' : 'short' }));
        expect(await one(sql`SELECT toUInt32(count()) AS c FROM ${name(table)}`)).toBe((i + 1) * 2);
      }
      await Promise.all(reads);
    });

    it('says where it keeps its data', async () => {
      const info = await database.info();
      expect(info.kind).toBe(database.kind);
      expect(info.version).toMatch(/^\d+\.\d+/);
      expect(info.diskFreeBytes).toBeGreaterThan(0);
      expect(info.diskTotalBytes).toBeGreaterThan(info.diskFreeBytes ?? 0);
    });
  });
}
