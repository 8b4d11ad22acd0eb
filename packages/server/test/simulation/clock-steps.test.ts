import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock, type UnixMs, unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { SampleBuffer } from '../../src/model/sample.ts';

const HOUR_MS = 3_600_000;
const SERIES = 12;
const signal = new AbortController().signal;

/** Wall time that somebody sets forth and back; durations go on as ever. */
class SteppingClock extends SystemClock {
  offsetMs = 0;

  override now(): UnixMs {
    return unixMs(super.now() + this.offsetMs);
  }
}

describe('a clock that is set forth and back', () => {
  let folder = '';
  let database: ChdbDatabase;
  const clock = new SteppingClock();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vedette-steps-'));
    database = new ChdbDatabase({ clock, logger: silentLogger }, { path: folder });
    await database.start();
  });
  afterAll(async () => {
    await database.stop(AbortSignal.timeout(10_000));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(): Promise<OpenedMetricStore> {
    const store = openMetricStore(
      { database, clock, logger: silentLogger, registry: new Registry() },
      {
        hotWindow: { size: 40_000, age: HOUR_MS },
        seriesMax: 1_000,
        retentionMs: 30 * 24 * HOUR_MS,
        diskHeadroomBytes: 0,
        logPath: join(folder, 'wal'),
      },
    );
    await store.start();
    return store;
  }

  it.each([1, 2, 3])(
    'loses and invents nothing that was accepted (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const below = (n: number): number => Math.floor(random() * n);
      const labels = Array.from({ length: SERIES }, (_, i) =>
        Labels.fromObject({ __name__: 'stepped', i: String(i), seed: String(seed) }),
      );
      const model = labels.map(() => new Map<number, number>());
      let store = await start();
      let written = 0;
      for (let step = 0; step < 120; step++) {
        if (below(8) === 0) clock.offsetMs = Math.round((random() - 0.5) * 10 * HOUR_MS);
        const rows: { series: number; at: number; value: number }[] = [];
        for (let n = 1 + below(30); n > 0; n--)
          rows.push({ series: below(SERIES), at: clock.now() - below(20_000) + below(500_000), value: ++written });
        const result = await store.append({
          series: labels,
          seriesIndex: Uint32Array.from(rows, (row) => row.series),
          timestampMs: Float64Array.from(rows, (row) => row.at),
          value: Float64Array.from(rows, (row) => row.value),
        });
        expect(result).toMatchObject({ accepted: rows.length, rejectedCount: 0 });
        for (const row of rows) model[row.series]?.set(row.at, row.value);
        if (below(15) === 0) await store.flush();
        if (below(20) === 0) {
          // Cleanly, or with everything left in the log.
          await store.stop(below(2) === 0 ? AbortSignal.abort() : AbortSignal.timeout(10_000));
          if (below(2) === 0) clock.offsetMs = Math.round((random() - 0.5) * 10 * HOUR_MS);
          store = await start();
        }
        if (below(4) !== 0) continue;
        const startMs = clock.now() - (1 + below(20)) * HOUR_MS;
        const endMs = startMs + below(30) * HOUR_MS;
        const set = await store.select(
          { matchers: [createMatcher('seed', '=', String(seed))], startMs, endMs },
          signal,
        );
        const buffer = new SampleBuffer(1);
        const got = new Map<string, string[]>();
        for (const [index, series] of set.labels.entries()) {
          set.read(index, buffer);
          const shown = Array.from({ length: buffer.length }, (_, i) => `${buffer.timestampMs[i]} ${buffer.value[i]}`);
          if (shown.length > 0) got.set(series.get('i'), shown);
        }
        const expected = new Map<string, string[]>();
        for (const [i, samples] of model.entries()) {
          const inside = [...samples].filter(([at]) => at >= startMs && at <= endMs).sort(([a], [b]) => a - b);
          if (inside.length > 0)
            expected.set(
              String(i),
              inside.map(([at, value]) => `${at} ${value}`),
            );
        }
        expect([...got].sort(), `step ${step}`).toEqual([...expected].sort());
      }
      await store.stop(AbortSignal.timeout(10_000));
      clock.offsetMs = 0;
    },
    60_000,
  );
});
