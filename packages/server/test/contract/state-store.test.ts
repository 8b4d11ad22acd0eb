import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ClickHouseStateStore, migrate, sql } from '../../src/clickhouse/index.ts';
import { type TemporaryDatabase, rowsOf, temporaryDatabase } from './temporary-database.ts';

const clock = new SystemClock();

function numberOf(json: unknown): number | undefined {
  return typeof json === 'number' ? json : undefined;
}

describe('state store', () => {
  let under: TemporaryDatabase;
  beforeAll(async () => {
    under = await temporaryDatabase();
  });
  afterAll(() => under.remove());

  async function opened(): Promise<ClickHouseStateStore> {
    const store = new ClickHouseStateStore({ database: under.database, clock, logger: silentLogger });
    await store.start();
    return store;
  }
  const stop = (store: ClickHouseStateStore): Promise<void> => store.stop(AbortSignal.timeout(5_000));

  it('keeps the last value of every key, and no deleted key, across restarts', async () => {
    let store = await opened();
    let table = await store.open('numbers', numberOf);
    await table.put('a', 1);
    await table.put('b', 2);
    await table.put('a', 3);
    await table.putAll([
      ['c', 4],
      ['d', 5],
    ]);
    await table.delete('b');
    await table.delete('never there');
    expect(Object.fromEntries(table.entries())).toEqual({ a: 3, c: 4, d: 5 });
    await stop(store);
    await under.restart();

    store = await opened();
    table = await store.open('numbers', numberOf);
    expect(Object.fromEntries(table.entries())).toEqual({ a: 3, c: 4, d: 5 });
    await table.put('b', 6);
    await table.delete('a');
    await stop(store);

    store = await opened();
    table = await store.open('numbers', numberOf);
    expect(Object.fromEntries(table.entries())).toEqual({ b: 6, c: 4, d: 5 });
    await under.database.exec(sql`OPTIMIZE TABLE state FINAL`);
    await stop(store);
    store = await opened();
    expect(Object.fromEntries((await store.open('numbers', numberOf)).entries())).toEqual({ b: 6, c: 4, d: 5 });
    await stop(store);
  });

  it('shows a change at once, and many changes at a time are one insert', async () => {
    const store = await opened();
    const table = await store.open('many', numberOf);
    const puts = Array.from({ length: 2_000 }, (_, i) => table.put(`key ${i % 500}`, i));
    expect(table.get('key 7')).toBe(1_507);
    await Promise.all(puts);
    const parts = await rowsOf(
      under.database,
      sql`SELECT toUInt32(count()) AS c FROM system.parts WHERE active AND table = 'state'`,
    );
    expect(parts[0]?.[0]).toBeLessThan(20);
    await stop(store);
    const again = await opened();
    const values = await again.open('many', numberOf);
    expect([...values.entries()].sort((x, y) => x[1] - y[1])).toEqual(
      Array.from({ length: 500 }, (_, i) => [`key ${i}`, 1_500 + i]),
    );
    await stop(again);
  });

  it('keeps namespaces apart and leaves out what this version cannot use', async () => {
    let store = await opened();
    const words = await store.open<unknown>('one', (json) => json);
    await words.put('k', 'a word');
    await words.put('n', 12);
    await (await store.open('two', numberOf)).put('k', 1);
    await stop(store);
    store = await opened();
    expect(Object.fromEntries((await store.open('one', numberOf)).entries())).toEqual({ n: 12 });
    expect(Object.fromEntries((await store.open('two', numberOf)).entries())).toEqual({ k: 1 });
    await expect(store.open('two', numberOf)).rejects.toThrow(/already open/);
    await stop(store);
  });

  it('refuses changes after it stopped', async () => {
    const store = await opened();
    const table = await store.open('stopped', numberOf);
    await stop(store);
    await expect(table.put('k', 1)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('migrations', () => {
  let under: TemporaryDatabase;
  beforeAll(async () => {
    under = await temporaryDatabase();
  });
  afterAll(() => under.remove());

  const first = {
    version: 1,
    name: 'first',
    statements: [sql`CREATE TABLE IF NOT EXISTS m (n UInt8) ENGINE = MergeTree ORDER BY n`],
  };
  const second = { version: 2, name: 'second', statements: [sql`ALTER TABLE m ADD COLUMN IF NOT EXISTS text String`] };

  it('run once each, in order, and only what is missing', async () => {
    await migrate(under.database, clock, { room: 'test', migrations: [first] });
    await migrate(under.database, clock, { room: 'test', migrations: [first] });
    await migrate(under.database, clock, { room: 'test', migrations: [first, second] });
    await migrate(under.database, clock, { room: 'other', migrations: [] });
    expect(
      await rowsOf(under.database, sql`SELECT version, name FROM schema_versions WHERE room = 'test' ORDER BY version`),
    ).toEqual([
      [1, 'first'],
      [2, 'second'],
    ]);
  });

  it('refuse data of a newer version, and of another build', async () => {
    await expect(migrate(under.database, clock, { room: 'test', migrations: [first] })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringMatching(/version 2.*up to 1.*newer Vedette/) as unknown,
    });
    const renamed = { ...second, name: 'something else' };
    await expect(migrate(under.database, clock, { room: 'test', migrations: [first, renamed] })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
    });
  });

  it('that fail say which tables, and are tried again next time', async () => {
    const wrong = { version: 1, name: 'wrong', statements: [sql`CREATE TABLE w (`] };
    await expect(migrate(under.database, clock, { room: 'wrong', migrations: [wrong] })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('wrong tables') as unknown,
    });
    const right = { ...wrong, statements: [sql`CREATE TABLE w (n UInt8) ENGINE = MergeTree ORDER BY n`] };
    await migrate(under.database, clock, { room: 'wrong', migrations: [right] });
  });
});
