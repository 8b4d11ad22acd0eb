import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VedetteError } from '../../src/base/errors.ts';
import { ClickHouseStateStore, type Database, migrate, sql } from '../../src/clickhouse/index.ts';
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

describe('state that several processes share', () => {
  let under: TemporaryDatabase;
  const stores: ClickHouseStateStore[] = [];
  beforeAll(async () => {
    under = await temporaryDatabase();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.stop(AbortSignal.timeout(5_000));
  });
  afterAll(() => under.remove());

  /** A process of its own as far as the store can tell; `aheadMs` is how wrong its clock is. */
  async function process(aheadMs = 0, database: Database = under.database): Promise<ClickHouseStateStore> {
    const own = Object.assign(Object.create(clock) as SystemClock, { now: () => unixMs(clock.now() + aheadMs) });
    const store = new ClickHouseStateStore({ database, clock: own, logger: silentLogger }, { shared: true });
    stores.push(store);
    await store.start();
    return store;
  }

  async function eventually(check: () => boolean): Promise<void> {
    for (let i = 0; i < 100 && !check(); i++) await clock.sleep(50);
    expect(check()).toBe(true);
  }

  it('reaches the others by itself within seconds, and at once when they ask', async () => {
    const [a, b] = [await process(), await process()];
    const [atA, atB] = [await a.open('shared', numberOf), await b.open('shared', numberOf)];
    const heard: [string, number | undefined][] = [];
    const listening = atB.changes?.((changed) => heard.push(...changed));
    await atA.putAll([
      ['x', 1],
      ['y', 2],
    ]);
    await eventually(() => atB.get('y') === 2);
    await atA.put('x', 3);
    await atA.delete('y');
    await b.refresh?.();
    expect(Object.fromEntries(atB.entries())).toEqual({ x: 3 });
    expect(heard).toEqual([
      ['x', 1],
      ['y', 2],
      ['x', 3],
      ['y', undefined],
    ]);
    // Own changes are no news.
    await atB.put('z', 4);
    await b.refresh?.();
    listening?.[Symbol.dispose]();
    await atA.put('x', 5);
    await b.refresh?.();
    expect(heard).toHaveLength(4);
    expect(atB.get('x')).toBe(5);
    // Who comes later has the same.
    expect(Object.fromEntries((await (await process()).open('shared', numberOf)).entries())).toEqual({ x: 5, z: 4 });
  });

  it('the change that came last wins everywhere, even if made by a clock that is an hour behind', async () => {
    const [ahead, behind] = [await process(3_600_000), await process()];
    const [first, second] = [await ahead.open('clocks', numberOf), await behind.open('clocks', numberOf)];
    await first.put('k', 1);
    await behind.refresh?.();
    await second.put('k', 2);
    await ahead.refresh?.();
    expect([first.get('k'), second.get('k')]).toEqual([2, 2]);
    await second.delete('k');
    await ahead.refresh?.();
    expect(first.get('k')).toBe(undefined);
    await first.put('k', 3);
    await behind.refresh?.();
    expect(second.get('k')).toBe(3);
  });

  it('two changes of one key at the same moment end the same for all', async () => {
    const all = [await process(), await process(), await process()];
    const tables = await Promise.all(all.map((store) => store.open('races', numberOf)));
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        tables.map((table, i) => (round % 4 === i ? table.delete('k') : table.put('k', round * 10 + i))),
      );
      await Promise.all(all.map((store) => store.refresh?.()));
      const values = tables.map((table) => table.get('k'));
      expect(values).toEqual([values[0], values[0], values[0]]);
    }
  });

  it('sees what a slow insert of another process brings late', async () => {
    const slow: Database = {
      ...wrapped(under.database),
      insert: async (table, columns, options) => {
        await clock.sleep(1_500);
        return under.database.insert(table, columns, options);
      },
    };
    const [a, b] = [await process(0, slow), await process()];
    const [atA, atB] = [await a.open('late', numberOf), await b.open('late', numberOf)];
    const saved = atA.put('k', 1);
    await atB.put('other', 1);
    await b.refresh?.();
    expect(atB.get('k')).toBe(undefined);
    await saved;
    await b.refresh?.();
    expect(atB.get('k')).toBe(1);
  });

  it('says so while it cannot hear of others, keeps what it knows, and catches up', async () => {
    let away = false;
    const flaky: Database = {
      ...wrapped(under.database),
      query: (statement, options, signal) => {
        if (away) throw new VedetteError('DATABASE_UNAVAILABLE', 'away');
        return under.database.query(statement, options, signal);
      },
    };
    const [a, b] = [await process(), await process(0, flaky)];
    const [atA, atB] = [await a.open('outage', numberOf), await b.open('outage', numberOf)];
    await atA.put('k', 1);
    await b.refresh?.();
    away = true;
    await atA.put('k', 2);
    await expect(b.refresh?.()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect([atB.get('k'), b.lastError]).toEqual([1, 'away']);
    away = false;
    await eventually(() => atB.get('k') === 2);
    expect(b.lastError).toBe(undefined);
  });

  it('has a table of its own: what one process keeps for itself is not mixed with it', async () => {
    const alone = new ClickHouseStateStore({ database: under.database, clock, logger: silentLogger });
    await alone.start();
    await (await alone.open('apart', numberOf)).put('k', 1);
    expect(alone.refresh).toBe(undefined);
    await alone.stop(AbortSignal.timeout(5_000));
    expect((await (await process()).open('apart', numberOf)).get('k')).toBe(undefined);
  });
});

function wrapped(database: Database): Database {
  return {
    name: database.name,
    kind: database.kind,
    start: async () => undefined,
    stop: async () => undefined,
    info: (signal) => database.info(signal),
    exec: (statement, signal) => database.exec(statement, signal),
    insert: (table, columns, options) => database.insert(table, columns, options),
    query: (statement, options, signal) => database.query(statement, options, signal),
  };
}

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
