import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
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
