import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import {
  ChdbDatabase,
  type ColumnData,
  type Columns,
  type Database,
  type ReadOptions,
  type Sql,
} from '../../src/clickhouse/index.ts';

/** An embedded database in a folder of its own. A process can have one at a time. */
export interface TemporaryDatabase {
  readonly path: string;
  readonly database: ChdbDatabase;
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const path = await mkdtemp(join(tmpdir(), 'vedette-test-'));
  const database = new ChdbDatabase({ clock: new SystemClock(), logger: silentLogger }, { path });
  await database.start();
  return {
    path,
    database,
    restart: async () => {
      await database.stop(AbortSignal.timeout(5_000));
      await database.start();
    },
    remove: async () => {
      await database.stop(AbortSignal.timeout(5_000));
      await rm(path, { recursive: true, force: true });
    },
  };
}

export async function rowsOf(database: Database, statement: Sql, options: ReadOptions = {}): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const block of database.query(statement, options)) rows.push(...blockRows(block));
  return rows;
}

function blockRows(block: Columns): unknown[][] {
  return Array.from({ length: block.rows }, (_, i) => block.columns.map((column) => valueAt(column.data, i)));
}

function valueAt(data: ColumnData, row: number): unknown {
  if (!('ends' in data)) return data[row];
  return [...data.bytes.subarray(row === 0 ? 0 : data.ends[row - 1], data.ends[row])];
}
