import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import type { SelectRequest } from '../../src/model/ports.ts';
import { type SampleBatch, SampleBuffer } from '../../src/model/sample.ts';
import { STALE_NAN, isStale } from '../../src/model/stale.ts';

const MINUTE_MS = 60_000;
const signal = new AbortController().signal;

/** Seeded, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Write {
  readonly series: number;
  readonly timestampMs: number;
  readonly value: number;
}

function batchOf(labels: readonly Labels[], writes: readonly Write[]): SampleBatch {
  return {
    series: labels,
    seriesIndex: Uint32Array.from(writes, (write) => write.series),
    timestampMs: Float64Array.from(writes, (write) => write.timestampMs),
    value: Float64Array.from(writes, (write) => write.value),
  };
}

/** A value as text that tells the stale marker, NaN and -0 apart. */
function shown(value: number): string {
  if (isStale(value)) return 'stale';
  return Object.is(value, -0) ? '-0' : String(value);
}

let folder: string;
let database: ChdbDatabase;
const clock = new SystemClock();

async function start(sizeBytes: number): Promise<OpenedMetricStore> {
  const store = openMetricStore(
    { database, clock, logger: silentLogger, registry: new Registry() },
    {
      hotWindow: { size: sizeBytes, age: 120 * MINUTE_MS },
      seriesMax: 10_000,
      retentionMs: 15 * 24 * 60 * MINUTE_MS,
      diskHeadroomBytes: 0,
      logPath: join(folder, 'wal'),
    },
  );
  await store.start();
  return store;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedette-store-'));
  database = new ChdbDatabase({ clock, logger: silentLogger }, { path: folder });
  await database.start();
});

afterAll(async () => {
  await database.stop(AbortSignal.timeout(10_000));
  await rm(folder, { recursive: true, force: true });
});

/** Rows of each series by its label `i`. */
async function answered(store: OpenedMetricStore, request: SelectRequest): Promise<Map<string, string[]>> {
  const buffer = new SampleBuffer(1);
  for (let attempt = 1; ; attempt++) {
    const set = await store.select(request, signal);
    const read = new Map<string, string[]>();
    try {
      for (const [index, series] of set.labels.entries()) {
        set.read(index, buffer);
        const rows = Array.from(
          { length: buffer.length },
          (_, i) => `${buffer.timestampMs[i]} ${shown(buffer.value[i] as number)}`,
        );
        if (rows.length > 0) read.set(series.get('i'), rows);
      }
      return read;
    } catch (error) {
      // A window of some kilobytes is used again at once while memory fills after a restart: the reader is told to ask again.
      if (!isVedetteError(error, 'QUERY_TIMEOUT') || attempt === 20) throw error;
      await clock.sleep(20);
    }
  }
}

/** Random appends, restarts and selections against a store and a plain map; throws at the first difference. */
async function compare(
  seed: number,
  sizeBytes: number,
  steps: number,
): Promise<{ restarts: number; compared: number }> {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const labels = Array.from({ length: 40 }, (_, i) =>
    Labels.fromObject({ __name__: `m${i % 4}`, i: String(i), site: `s${i % 5}`, run: `${seed}-${sizeBytes}` }),
  );
  // Every value ever written for a timestamp: which of several different ones wins is only defined in memory.
  const model = labels.map(() => new Map<number, Set<string>>());
  const history: Write[] = [];
  const startMs = clock.now() - 30 * MINUTE_MS;
  const lastMs = labels.map(() => startMs + below(5_000));
  let store = await start(sizeBytes);
  let restarts = 0;
  let compared = 0;

  const value = (series: number): number => {
    if (below(40) === 0) return STALE_NAN;
    if (below(60) === 0) return [NaN, Infinity, -Infinity, -0, 1e300][below(5)] as number;
    return [series, below(1_000), below(1_000) / 10, next() * 100, below(2 ** 40)][series % 5] as number;
  };
  const writesOf = (kind: number): Write[] => {
    const writes: Write[] = [];
    for (let n = 1 + below(12); n > 0; n--) {
      const series = below(labels.length);
      if (kind === 0 && history.length > 0) {
        writes.push(history[below(history.length)] as Write);
      } else if (kind === 1) {
        // The odd millisecond keeps late samples apart from each other, so that what is expected stays defined.
        writes.push({
          series,
          timestampMs: startMs - below(3) * MINUTE_MS + below(20 * MINUTE_MS),
          value: value(series),
        });
      } else {
        for (let run = 1 + below(25); run > 0; run--) {
          lastMs[series] = (lastMs[series] as number) + (below(9) === 0 ? 1 + below(9_000) : 500);
          writes.push({ series, timestampMs: lastMs[series] as number, value: value(series) });
        }
      }
    }
    return writes;
  };

  for (let step = 0; step < steps; step++) {
    const writes = writesOf(below(5));
    for (const write of writes) {
      const at = model[write.series] as Map<number, Set<string>>;
      at.set(write.timestampMs, (at.get(write.timestampMs) ?? new Set()).add(shown(write.value)));
    }
    history.push(...writes);
    const appended = await store.append(batchOf(labels, writes), {
      acknowledge: below(4) === 0 ? 'durable' : 'queued',
    });
    expect(appended).toMatchObject({ accepted: writes.length, rejectedCount: 0 });

    if (below(40) === 0) {
      await store.stop(AbortSignal.timeout(10_000));
      store = await start(sizeBytes);
      restarts++;
    } else if (below(30) === 0) {
      // As kill -9 leaves it: everything durable is in the log, and nothing is moved to the tables on the way out.
      const barrier = { series: 0, timestampMs: startMs - 9 * MINUTE_MS, value: 0 };
      model[0]?.set(barrier.timestampMs, new Set(['0']));
      await store.append(batchOf(labels, [barrier]), { acknowledge: 'durable' });
      await store.stop(AbortSignal.abort());
      store = await start(sizeBytes);
      restarts++;
    } else if (below(25) === 0) {
      await store.flush();
    }
    if (below(3) === 0) {
      const from = startMs - 3 * MINUTE_MS + below(30 * MINUTE_MS);
      const to = from + below(30 * MINUTE_MS);
      const site = below(5);
      const matchers = [
        createMatcher('run', '=', `${seed}-${sizeBytes}`),
        createMatcher('site', '=~', `s${site}|none`),
      ];
      const read = await answered(store, { matchers, startMs: from, endMs: to });
      for (let series = site; series < labels.length; series += 5) {
        const expected = [...(model[series] as Map<number, Set<string>>)]
          .filter(([at]) => at >= from && at <= to)
          .sort(([a], [b]) => a - b);
        const got = read.get(String(series)) ?? [];
        expect(
          got.map((row) => Number(row.split(' ')[0])),
          `seed ${seed}, step ${step}, series ${series}`,
        ).toEqual(expected.map(([at]) => at));
        for (const [place, row] of got.entries())
          expect([...(expected[place]?.[1] ?? [])]).toContain(row.split(' ')[1]);
        compared += got.length;
      }
    }
  }
  expect(store.stats().hotBytes).toBeLessThan(Math.max(sizeBytes, 1) * 1.5 + 100_000);
  await store.stop(AbortSignal.timeout(10_000));
  return { restarts, compared };
}

describe('metric store on an embedded database', () => {
  it.each([
    { seed: 1, sizeBytes: 100_000_000, steps: 250 },
    { seed: 2, sizeBytes: 30_000, steps: 250 },
    { seed: 3, sizeBytes: 14_000, steps: 250 },
    { seed: 4, sizeBytes: 4_000, steps: 150 },
  ])('answers like a plain map with $sizeBytes bytes of memory (seed $seed)', async ({ seed, sizeBytes, steps }) => {
    const { compared } = await compare(seed, sizeBytes, steps);
    expect(compared).toBeGreaterThan(1_000);
  });

  it('has every durable sample after a restart, and its series list', async () => {
    const labels = [Labels.fromObject({ __name__: 'kept', run: 'restart' })];
    const at = clock.now() - MINUTE_MS;
    const first = await start(1_000_000);
    await first.append(batchOf(labels, [{ series: 0, timestampMs: at, value: 1.5 }]));
    await first.stop(AbortSignal.timeout(10_000));
    const second = await start(1_000_000);
    const request = { matcherSets: [[createMatcher('run', '=', 'restart')]], startMs: at, endMs: at };
    expect(await second.labelValues('__name__', request, signal)).toEqual(['kept']);
    const set = await second.select(
      { matchers: [createMatcher('run', '=', 'restart')], startMs: at, endMs: at },
      signal,
    );
    const buffer = new SampleBuffer();
    set.read(0, buffer);
    expect([...buffer.value.subarray(0, buffer.length)]).toEqual([1.5]);
    await second.stop(AbortSignal.timeout(10_000));
  });
});
