import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/config-schema.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ServerDatabase, sql } from '../../src/clickhouse/index.ts';
import { ClickHouseHttpServer } from './clickhouse-http-server.ts';
import { describeDatabase } from './database-contract.ts';

const deps = { clock: new SystemClock(), logger: silentLogger };
const USER = { username: 'vedette', password: 'geheim & "quoted"' };
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

  it('creates its database, and keeps the password out of every address', async () => {
    const database = connect(server.url, USER.password);
    await database.start();
    await database.exec(sql`CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n`);
    await database.stop();
    expect(server.requestUrls.length).toBeGreaterThan(2);
    expect(server.requestUrls.filter((url) => decodeURIComponent(url).includes('geheim'))).toEqual([]);
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
