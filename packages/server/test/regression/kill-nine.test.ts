import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ChdbDatabase, ClickHouseStateStore } from '../../src/clickhouse/index.ts';
import { TableStore } from '../../src/metrics/store/table-store.ts';
import { Labels } from '../../src/model/labels.ts';

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
    const labelsOf = (id: number): Labels => Labels.fromObject({ __name__: 'acknowledged', id: String(id) });
    const tables = new TableStore(
      {
        database,
        clock: new SystemClock(),
        logger: silentLogger,
        series: { id: (ref) => ref, labels: labelsOf },
        labelsOf,
      },
      { retentionMs: 3650 * 86_400_000, diskHeadroomBytes: 0, logPath: join(path, 'wal') },
    );
    await tables.start();
    const named = new Set<number>();
    await tables.replay({
      series: (id, labels) => {
        // A series whose labels are not in the log has them in the table.
        if (labels !== undefined) named.add(id);
        return id;
      },
      samples: () => undefined,
    });
    for await (const block of tables.loadSeries()) for (const { id } of block) named.add(id);
    await tables.flush();
    const ids = [
      ...Array.from({ length: ROWS - 1 }, (_, i) => i + 1),
      ...acknowledged.map((batch) => 1_000_000 + batch),
    ];
    const stored = new Map<number, number>();
    const nameless = new Set<number>();
    for await (const block of tables.readSamples({ ids, startMs: 0, endMs: Date.now() * 2 })) {
      for (let row = 0; row < block.length; row++) {
        const batch = block.value[row] as number;
        stored.set(batch, (stored.get(batch) ?? 0) + 1);
        if (!named.has(block.id[row] as number)) nameless.add(block.id[row] as number);
      }
    }
    expect(acknowledged.filter((batch) => stored.get(batch) !== ROWS)).toEqual([]);
    expect([...nameless]).toEqual([]);
    await tables.stop(AbortSignal.timeout(5_000));

    const store = new ClickHouseStateStore({ database, clock: new SystemClock(), logger: silentLogger });
    await store.start();
    const state = await store.open('acknowledged', (json) => json);
    expect(acknowledged.filter((batch) => state.get(`batch ${batch}`) !== batch)).toEqual([]);
    expect(state.get('last')).toBeGreaterThanOrEqual((ROUNDS - 1) * 100_000);
    await store.stop(AbortSignal.timeout(5_000));
    await database.stop(AbortSignal.timeout(5_000));
  }, 60_000);
});
