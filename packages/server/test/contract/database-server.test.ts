import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/config-schema.ts';
import { silentLogger } from '../../src/base/logger.ts';
import {
  ClickHouseStateStore,
  type Columns,
  ServerDatabase,
  damagedParts,
  openDatabase,
  sql,
  tableSizes,
} from '../../src/clickhouse/index.ts';
import type { StoredSeries } from '../../src/metrics/store/table-rows.ts';
import { TableStore } from '../../src/metrics/store/table-store.ts';
import { Labels } from '../../src/model/labels.ts';
import { ClickHouseHttpServer } from './clickhouse-http-server.ts';
import { describeDatabase } from './database-contract.ts';

const deps = { clock: new SystemClock(), logger: silentLogger };
const USER = { username: 'vedette', password: 'geheim & "quoted"' };
const NOON = Date.UTC(2026, 5, 15, 12);
const YEARS_MS = 3650 * 86_400_000;
const never = new AbortController().signal;

describeDatabase('server database', async () => {
  const server = new ClickHouseHttpServer(USER);
  await server.start();
  const database = new ServerDatabase(deps, {
    url: server.url,
    database: 'vedette',
    username: USER.username,
    password: new Secret(USER.password),
  });
  await database.start();
  return {
    database,
    restart: async () => {
      await server.stop();
      await server.start();
      return database;
    },
    close: async () => {
      await database.stop();
      await server.remove();
    },
  };
});

describe('server database, what only a server can do wrong', () => {
  const server = new ClickHouseHttpServer(USER);
  beforeAll(() => server.start());
  afterAll(() => server.remove());

  const connect = (url: string, password: string): ServerDatabase =>
    new ServerDatabase(deps, { url, database: 'own_name', username: USER.username, password: new Secret(password) });

  it('is what the storage section opens when it names a server, with the password from its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vedette-password-'));
    await writeFile(join(folder, 'password'), `${USER.password}\n`);
    const config = { url: server.url, username: USER.username, password_file: 'password', database: 'configured' };
    const database = await openDatabase(deps, { dataDir: folder, baseDir: folder, config });
    await database.start();
    expect(database.kind).toBe('server');
    await database.stop(never);
    await expect(
      openDatabase(deps, { dataDir: folder, config: { ...config, password_file: '/absent/file' } }),
    ).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
    });
    await rm(folder, { recursive: true });
  });

  it('creates its database, and keeps the password out of every address', async () => {
    const database = connect(server.url, USER.password);
    await database.start();
    await database.exec(sql`CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n`);
    await database.stop();
    expect(server.requestUrls.length).toBeGreaterThan(2);
    expect(server.requestUrls.filter((url) => decodeURIComponent(url).includes('geheim'))).toEqual([]);
  });

  it('carries the metric tables and the state store', async () => {
    const database = connect(server.url, USER.password);
    await database.start();
    const labels = Labels.fromObject({ __name__: 'up', instance: 'a:9100' });
    const logPath = await mkdtemp(join(tmpdir(), 'vedette-log-'));
    const tables = new TableStore(
      { ...deps, database, series: { id: () => 7, labels: () => labels }, labelsOf: () => labels },
      { retentionMs: YEARS_MS, diskHeadroomBytes: 0, logPath },
    );
    await tables.start();
    const timestampMs = Float64Array.of(NOON, NOON + 1, NOON + 1);
    await tables.append({
      length: 2,
      ref: Uint32Array.of(1, 1),
      timestampMs: timestampMs.slice(0, 2),
      value: Float64Array.of(1, 2),
    });
    await tables.append({
      length: 1,
      ref: Uint32Array.of(1),
      timestampMs: timestampMs.slice(2),
      value: Float64Array.of(3),
    });
    await tables.flush();
    const loaded: StoredSeries[] = [];
    for await (const block of tables.loadSeries()) loaded.push(...block);
    expect(loaded.map((series) => [series.id, series.labels.toString()])).toEqual([[7, labels.toString()]]);
    const values: number[] = [];
    for await (const block of tables.readSamples({ ids: [7], startMs: 0, endMs: NOON * 2 })) {
      values.push(...block.value.subarray(0, block.length));
    }
    expect(values).toEqual([1, 3]);
    await tables.stop(never);
    await rm(logPath, { recursive: true });

    const state = new ClickHouseStateStore({ ...deps, database });
    await state.start();
    const table = await state.open<unknown>('n', (json) => json);
    await table.put('key', { text: "it's" });
    await table.put('gone', 1);
    await table.delete('gone');
    await state.stop(never);
    const again = new ClickHouseStateStore({ ...deps, database });
    await again.start();
    expect(Object.fromEntries((await again.open<unknown>('n', (json) => json)).entries())).toEqual({
      key: { text: "it's" },
    });
    await again.stop(never);
    expect(await damagedParts(database)).toEqual([]);
    expect((await tableSizes(database)).map((size) => size.name)).toContain('chunks');
    await database.stop();
  });

  it('says which setting is wrong when the server refuses the password', async () => {
    const wrong = connect(server.url, 'wrong-password');
    await expect(wrong.start()).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/storage\.password_file/) as unknown,
    });
    const message = await wrong.start().catch(String);
    expect(message).not.toContain('wrong-password');
  });

  it('reads, writes and says each thing once when the server closes a kept connection under a request', async () => {
    const database = connect(server.url, USER.password);
    await database.start();
    const rows = async (): Promise<number> => {
      let count = 0;
      for await (const block of database.query(sql`SELECT n FROM kept`)) count += block.rows;
      return count;
    };
    const one: Columns = { rows: 1, columns: [{ name: 'n', type: 'UInt8', data: Uint8Array.of(1) }] };
    await database.exec(sql`CREATE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n`);
    // Leaves several connections behind that the next requests may be given.
    await Promise.all([rows(), rows(), rows(), database.insert('kept', one)]);
    server.closesKept = true;
    try {
      expect(await rows()).toBe(1);
      await database.insert('kept', one);
      await database.exec(sql`INSERT INTO kept VALUES (2)`);
      expect(await rows()).toBe(3);
    } finally {
      server.closesKept = false;
      await database.stop();
    }
  });

  it('says where it looked when no server answers, and works again once one does', async () => {
    const database = connect(server.url, USER.password);
    await database.start();
    await server.stop();
    await expect(database.exec(sql`SELECT 1`)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining(server.url) as unknown,
    });
    await server.start();
    await database.exec(sql`SELECT 1`, never);
    await database.stop();
  });
});
