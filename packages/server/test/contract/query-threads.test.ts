import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
import { RangeThreads } from '../../src/metrics/parallel/index.ts';
import { type PromqlEngine, openQueryEngine } from '../../src/metrics/query/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import type { MatrixResult } from '../../src/model/ports.ts';
import { STALE_NAN } from '../../src/model/stale.ts';
import { MemoryState } from '../support/memory-state.ts';

const MINUTE_MS = 60_000;
const SERIES = 120;
const signal = new AbortController().signal;
const clock = new SystemClock();
const nowMs = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
const registry = new Registry();

const THREAD = {
  file: new URL('../support/range-thread-from-sources.mjs', import.meta.url),
  execArgv: ['--conditions=vedette-source'],
};

let folder: string;
let database: ChdbDatabase;
let store: OpenedMetricStore;
let threads: RangeThreads;
let several: PromqlEngine;
let alone: PromqlEngine;
const told: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedette-threads-'));
  database = new ChdbDatabase({ clock, logger: silentLogger }, { path: folder });
  await database.start();
  store = openMetricStore(
    { database, clock, logger: silentLogger, registry: new Registry(), state: new MemoryState() },
    {
      hotWindow: { size: 16 * 2 ** 20, age: 180 * MINUTE_MS },
      seriesMax: 10_000,
      retentionMs: 15 * 24 * 60 * MINUTE_MS,
      diskHeadroomBytes: 0,
      logPath: join(folder, 'wal'),
    },
  );
  await store.start();
  threads = new RangeThreads(
    { logger: { ...silentLogger, error: (...what: unknown[]) => void told.push(what) }, registry },
    { threads: 2, cellsMin: 0, entry: THREAD },
  );
  await threads.start();
  several = openQueryEngine({ selector: store, clock, helper: threads });
  alone = openQueryEngine({ selector: store, clock });
});

afterAll(async () => {
  await threads.stop();
  await store.stop(AbortSignal.timeout(10_000));
  await database.stop(AbortSignal.timeout(10_000));
  await rm(folder, { recursive: true, force: true });
});

/** Seeded, so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Row = readonly [series: Labels, atMs: number, value: number];

const labels = Array.from({ length: SERIES }, (_, i) =>
  Labels.fromObject({ __name__: 'seen_total', camera: String(i), site: `s${i % 7}` }),
);

async function write(rows: readonly Row[]): Promise<void> {
  await store.append({
    series: rows.map(([series]) => series),
    seriesIndex: Uint32Array.from(rows, (_, i) => i),
    timestampMs: Float64Array.from(rows, ([, atMs]) => atMs),
    value: Float64Array.from(rows, ([, , value]) => value),
  });
}

function shown(result: MatrixResult): unknown {
  return [
    result.stats?.samplesRead,
    result.series.map((one) => [one.labels.toString(), [...one.timestampMs], [...one.value].map(String)]),
  ];
}

const window = (minutes: number, stepMs: number): Parameters<PromqlEngine['range']>[1] => ({
  startMs: unixMs(nowMs - minutes * MINUTE_MS),
  endMs: unixMs(nowMs + MINUTE_MS),
  stepMs,
});

async function rowsComeFromThreads(): Promise<void> {
  const before = await rowsByThreads();
  await expect
    .poll(
      async () => {
        await several.range('rate(seen_total[2m])', window(110, 1_000), { signal });
        return rowsByThreads();
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(before);
}

async function rowsByThreads(): Promise<number> {
  const metric = await registry.getSingleMetric('vedette_query_rows_by_threads_total')?.get();
  return metric?.values[0]?.value ?? 0;
}

const QUERIES = [
  'rate(seen_total[2m])',
  'increase(seen_total[90s] offset 1m)',
  'irate(seen_total[1m])',
  'changes(seen_total[5m])',
  'sum by (site) (rate(seen_total[1m]))',
  'avg_over_time(seen_total[3m])',
  'stddev_over_time(seen_total[3m])',
  'last_over_time(seen_total[1m])',
  'topk(3, rate(seen_total[2m]))',
  'rate(seen_total[2m]) / on (camera) increase(seen_total[4m])',
  'sum(max_over_time(rate(seen_total[1m])[5m:1m]))',
  'quantile_over_time(0.5, seen_total[2m])',
  'rate(seen_total{camera=~"1."}[2m] @ end())',
  'deriv(seen_total[2m])',
];

describe('threads that compute rows', () => {
  it('give what one thread gives, to the last bit, while samples come in order, late, twice and are deleted', async () => {
    const pick = random(11);
    let writtenMs = nowMs - 100 * MINUTE_MS;
    for (let round = 0; round < 25; round++) {
      const rows: Row[] = [];
      const seconds = 60 + pick(240);
      for (const series of labels) {
        if (pick(10) === 0) continue;
        for (let second = 0; second < seconds; second += 5) {
          const odd = pick(60);
          const value = odd === 0 ? STALE_NAN : odd === 1 ? 0 : odd === 2 ? pick(1e6) / 7 : round * 1_000 + second;
          rows.push([series, writtenMs + second * 1_000 + (odd === 3 ? pick(900) : 0), value]);
        }
      }
      writtenMs += seconds * 1_000;
      await write(rows);
      // They take a moment to start.
      if (round === 1) await rowsComeFromThreads();
      const queries = QUERIES.filter(() => pick(3) === 0);
      const stepMs = [5_000, 15_000, 60_000, 7_000][pick(4)] ?? 15_000;
      const late: Row[] = Array.from({ length: pick(2) * 20 }, () => [
        labels[pick(SERIES)] as Labels,
        writtenMs - pick(20 * MINUTE_MS),
        pick(1_000),
      ]);
      // Together, so that several works are under way while samples are put into the past.
      const [found] = await Promise.all([
        Promise.all(queries.map((query) => several.range(query, window(110, stepMs), { signal }))),
        late.length > 0 ? write(late) : undefined,
      ]);
      if (late.length > 0) continue;
      for (const [i, query] of queries.entries()) {
        const expected = await alone.range(query, window(110, stepMs), { signal });
        expect(shown(found[i] as MatrixResult), query).toEqual(shown(expected));
      }
    }
  });

  it('a query that is left gives its memory back to the next', async () => {
    for (let i = 0; i < 20; i++) {
      const left = new AbortController();
      const asked = several.range('sum(rate(seen_total[2m]))', window(100, 1_000), { signal: left.signal });
      setTimeout(() => left.abort(), 2 * i);
      await asked.catch((error: unknown) => expect(String(error)).toContain('query was canceled'));
    }
    await rowsComeFromThreads();
    expect(told).toEqual([]);
  });
});
