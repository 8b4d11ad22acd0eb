import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase, type DamagedPart, RepairingDatabase, damagedParts, sql } from '../../src/clickhouse/index.ts';

const STOP_MS = 5_000;

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  const at = statSync(file).size >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
}

async function column(database: RepairingDatabase, statement: ReturnType<typeof sql>): Promise<number[]> {
  const values: number[] = [];
  for await (const block of database.query(statement, { lane: 'long' }))
    values.push(...Array.from(block.columns[0]?.data as ArrayLike<number | bigint>, Number));
  return values;
}

it('one flipped bit in a stored part made every query of its table fail for good', async () => {
  const path = mkdtempSync(join(tmpdir(), 'vedette-damaged-'));
  const reported: DamagedPart[] = [];
  const open = async (): Promise<RepairingDatabase> => {
    const driver = new ChdbDatabase({ clock: new SystemClock(), logger: silentLogger }, { path });
    const database = new RepairingDatabase(driver, { logger: silentLogger, onSetAside: (part) => reported.push(part) });
    await database.start();
    return database;
  };
  try {
    const first = await open();
    await first.exec(sql`CREATE TABLE numbers_kept (n UInt64) ENGINE = MergeTree ORDER BY n PARTITION BY n > 100000`);
    await first.exec(sql`INSERT INTO numbers_kept SELECT number FROM numbers(1, 100000)`);
    await first.exec(sql`INSERT INTO numbers_kept SELECT number FROM numbers(100001, 7)`);
    await first.stop(AbortSignal.timeout(STOP_MS));

    const table = realpathSync(join(path, 'chdb/data/vedette/numbers_kept'));
    const part = readdirSync(table).find((name) => name.startsWith('0_')) ?? '';
    const file = ['data.bin', 'n.bin'].map((name) => join(table, part, name)).find((name) => existsSync(name));
    expect(file).toBeDefined();
    flipBit(file as string);

    const second = await open();
    expect(await column(second, sql`SELECT n FROM numbers_kept ORDER BY n`)).toEqual([
      100001, 100002, 100003, 100004, 100005, 100006, 100007,
    ]);
    expect(reported).toMatchObject([{ table: 'numbers_kept', name: part }]);
    await second.stop(AbortSignal.timeout(STOP_MS));

    const third = await open();
    expect(await damagedParts(third)).toEqual([{ table: 'numbers_kept', name: `broken_${part}`, reason: 'broken' }]);
    await third.stop(AbortSignal.timeout(STOP_MS));
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
