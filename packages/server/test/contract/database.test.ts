import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase, sql } from '../../src/clickhouse/index.ts';
import { describeDatabase } from './database-contract.ts';

const deps = { clock: new SystemClock(), logger: silentLogger };

describeDatabase('embedded database', async () => {
  const path = await mkdtemp(join(tmpdir(), 'vedette-database-'));
  const database = new ChdbDatabase(deps, { path });
  await database.start();
  return {
    database,
    restart: async () => {
      await database.stop(AbortSignal.timeout(5_000));
      await database.start();
      return database;
    },
    close: async () => {
      await database.stop(AbortSignal.timeout(5_000));
      await rm(path, { recursive: true });
    },
  };
});

describe('embedded database, when it stops', () => {
  const path = join(tmpdir(), `vedette-database-stop-${process.pid}`);
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('ends a running query at once instead of waiting for it', async () => {
    const database = new ChdbDatabase(deps, { path });
    await database.start();
    const blocks = database.query(sql`SELECT sleepEachRow(0.02) FROM numbers(5000) SETTINGS max_block_size = 10`);
    const iterator = blocks[Symbol.asyncIterator]();
    const running = iterator.next();
    const failed = expect(running).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const started = performance.now();
    await database.stop(AbortSignal.timeout(10_000));
    expect(performance.now() - started).toBeLessThan(8_000);
    await failed;
    await expect(database.exec(sql`SELECT 1`)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('does not wait for a reader that stopped reading', async () => {
    const database = new ChdbDatabase(deps, { path });
    await database.start();
    const blocks = database.query(sql`SELECT number FROM numbers(1000000000)`, { lane: 'long' });
    const iterator = blocks[Symbol.asyncIterator]();
    await iterator.next();
    const started = performance.now();
    await database.stop(AbortSignal.timeout(200));
    expect(performance.now() - started).toBeLessThan(8_000);
    await database.start();
    await database.exec(sql`CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n`);
    await database.stop(AbortSignal.timeout(5_000));
  });
});

describe('embedded database, whose statements share connections', () => {
  const path = join(tmpdir(), `vedette-database-left-${process.pid}`);
  afterEach(() => rm(path, { recursive: true, force: true }));

  it.each(['short', 'long'] as const)(
    'a query that is left takes none of the next ones with it (lane %s)',
    async (lane) => {
      const database = new ChdbDatabase(deps, { path });
      await database.start();
      const read = async (numbers: number, signal?: AbortSignal): Promise<void> => {
        const statement = sql`SELECT sum(number) AS s FROM numbers(${numbers})`;
        for await (const block of database.query(statement, { lane }, signal)) expect(block.rows).toBe(1);
      };
      for (let round = 0; round < 30; round++) {
        const stay: Promise<void>[] = [];
        for (let i = 0; i < 24; i++) {
          const controller = new AbortController();
          const numbers = 100_000 * (1 + (i % 5));
          stay.push(read(numbers));
          void read(numbers, controller.signal).catch(() => undefined);
          setTimeout(() => controller.abort(new Error('left')), (i * 7 + round) % 40);
        }
        await Promise.all(stay);
      }
      await database.stop(AbortSignal.timeout(5_000));
    },
  );
});
