import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase, damagedParts, sql } from '../../src/clickhouse/index.ts';
import { rowsOf, temporaryDatabase } from './temporary-database.ts';

const HOLDER = fileURLToPath(new URL('hold-directory.ts', import.meta.url));
const deps = { clock: new SystemClock(), logger: silentLogger };
const cleanups: (() => Promise<unknown>)[] = [];

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vedette-data-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Another process that has the directory open; resolves once it has. */
async function holder(path: string): Promise<{ readonly pid: number; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=vedette-source', HOLDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  cleanups.push(kill);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return { pid: child.pid ?? 0, kill };
}

describe('data directory', () => {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  it('that another process uses is refused, naming the process; after its kill -9 it opens', async () => {
    const path = await folder();
    const other = await holder(path);
    const database = new ChdbDatabase(deps, { path });
    await expect(database.start()).rejects.toMatchObject({
      code: 'DATA_DIR_LOCKED',
      details: { pid: other.pid, path },
      message: expect.stringContaining(`process ${other.pid}`) as unknown,
    });
    await other.kill();
    await database.start();
    expect(await rowsOf(database, sql`SELECT n FROM held`)).toEqual([[1]]);
    await database.stop(AbortSignal.timeout(5_000));
  });

  it('that this process uses already is refused', async () => {
    const first = new ChdbDatabase(deps, { path: await folder() });
    await first.start();
    const second = new ChdbDatabase(deps, { path: await folder() });
    await expect(second.start()).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    await first.stop(AbortSignal.timeout(5_000));
  });

  it('that is a file, or cannot be written, is refused with the remedy', async () => {
    const parent = await folder();
    const file = join(parent, 'file');
    await writeFile(file, 'not a folder');
    await expect(new ChdbDatabase(deps, { path: file }).start()).rejects.toMatchObject({
      code: 'DATA_DIR_INVALID',
      message: expect.stringContaining('--data') as unknown,
    });
    const locked = join(parent, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    // Root may write everywhere; elsewhere the directory's mode must show.
    if (process.getuid?.() !== 0) {
      await expect(new ChdbDatabase(deps, { path: locked }).start()).rejects.toMatchObject({
        code: 'DATA_DIR_INVALID',
      });
    }
  });

  it('with a damaged part opens, and the damage is listed', async () => {
    const under = await temporaryDatabase();
    cleanups.push(() => under.remove());
    const { database } = under;
    await database.exec(
      sql`CREATE TABLE t (n UInt32, s String) ENGINE = MergeTree ORDER BY n SETTINGS min_bytes_for_wide_part = 0`,
    );
    for (const from of [0, 1_000]) {
      const n = Uint32Array.from({ length: 1_000 }, (_, i) => from + i);
      const text = Array.from(n, (value) => `row ${value}`);
      await database.insert('t', {
        rows: 1_000,
        columns: [
          { name: 'n', type: 'UInt32', data: n },
          { name: 's', type: 'String', data: text },
        ],
      });
    }
    expect(await damagedParts(database)).toEqual([]);
    const [part] =
      (
        await rowsOf(
          database,
          sql`SELECT path FROM system.parts WHERE active AND table = 't' AND database = currentDatabase() ORDER BY name`,
        )
      )[0] ?? [];
    await database.stop(AbortSignal.timeout(5_000));
    const dataFile = (await readdir(String(part))).find((name) => name.endsWith('.bin')) ?? '';
    await truncate(join(String(part), dataFile), 10);
    await database.start();
    expect(await rowsOf(database, sql`SELECT toUInt32(count()) AS c FROM t`)).toEqual([[1_000]]);
    expect(await damagedParts(database)).toMatchObject([{ table: 't', reason: 'broken-on-start' }]);
  });

  it('keeps nothing of an insert that was cut off', async () => {
    const path = await folder();
    await mkdir(join(path, 'inserts'));
    await writeFile(join(path, 'inserts', '7.native'), 'half a batch');
    const database = new ChdbDatabase(deps, { path });
    await database.start();
    expect(await readdir(join(path, 'inserts'))).toEqual([]);
    await database.stop(AbortSignal.timeout(5_000));
  });
});
