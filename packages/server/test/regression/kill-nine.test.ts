import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ChdbDatabase, ClickHouseStateStore, sql } from '../../src/clickhouse/index.ts';
import { rowsOf } from '../contract/temporary-database.ts';

const WRITER = fileURLToPath(new URL('acknowledged-writer.ts', import.meta.url));
const ROUNDS = 6;
const RUN_MS_MAX = 1_500;
const ROWS = 501;
const random = seededRandom(20_260_601);

describe('kill -9', () => {
  let path = '';
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'vedette-kill-'));
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  /** Runs a writer from batch `first`, kills it at a random moment, and returns the batches it had acknowledged. */
  async function round(first: number): Promise<number[]> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=vedette-source', WRITER, path, String(first)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    let text = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (piece: Buffer) => {
        text += piece.toString();
        if (text.startsWith('open\n')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the writer ended with ${code} before it was killed`)));
    });
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * RUN_MS_MAX));
    child.kill('SIGKILL');
    await ended;
    // A last line without its end was not read as acknowledged by anyone.
    return text.split('\n').slice(1, -1).map(Number);
  }

  it('loses no acknowledged sample, no labels and no state, in any round', async () => {
    const acknowledged: number[] = [];
    let first = 0;
    for (let i = 0; i < ROUNDS; i++) {
      acknowledged.push(...(await round(first)));
      first = (i + 1) * 100_000;
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);

    const database = new ChdbDatabase({ clock: new SystemClock(), logger: silentLogger }, { path });
    await database.start();
    const rows = await rowsOf(
      database,
      sql`SELECT toUInt32(v) AS batch, toUInt32(uniqExact(id)) AS ids FROM samples GROUP BY batch`,
    );
    const stored = new Map(rows.map(([batch, ids]) => [batch, ids]));
    expect(acknowledged.filter((batch) => stored.get(batch) !== ROWS)).toEqual([]);
    expect(
      await rowsOf(database, sql`SELECT DISTINCT id FROM samples WHERE id NOT IN (SELECT id FROM series)`),
    ).toEqual([]);

    const store = new ClickHouseStateStore({ database, clock: new SystemClock(), logger: silentLogger });
    await store.start();
    const state = await store.open('acknowledged', (json) => json);
    expect(acknowledged.filter((batch) => state.get(`batch ${batch}`) !== batch)).toEqual([]);
    expect(state.get('last')).toBeGreaterThanOrEqual((ROUNDS - 1) * 100_000);
    await store.stop(AbortSignal.timeout(5_000));
    await database.stop(AbortSignal.timeout(5_000));
  }, 60_000);
});
