import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type UnixMs, unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { openQueryEngine } from '../../src/metrics/query/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import type { SeriesSelector } from '../../src/model/ports.ts';
import { STALE_NAN } from '../../src/model/stale.ts';
import { MemoryState } from '../support/memory-state.ts';
import { type TemporaryDatabase, temporaryDatabase } from './temporary-database.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-03-01T00:00:00Z');
const DAYS = 3;
const signal = new AbortController().signal;

let temporary: TemporaryDatabase;
let folder: string;
let store: OpenedMetricStore;
let clock: VirtualClock;
let asked = 0;
let pushed = 0;

/** Three days of a few series with gaps, resets, ends and late samples, stored and rolled up. */
beforeAll(async () => {
  temporary = await temporaryDatabase();
  folder = await mkdtemp(join(tmpdir(), 'vedette-push-down-'));
  clock = new VirtualClock(unixMs(START_MS));
  store = openMetricStore(
    {
      database: temporary.database,
      clock,
      logger: silentLogger,
      registry: new Registry(),
      state: new MemoryState(),
    },
    {
      hotWindow: { size: 16 * 2 ** 20, age: 2 * HOUR_MS },
      seriesMax: 1_000,
      retentionMs: 30 * 24 * HOUR_MS,
      diskHeadroomBytes: 0,
      logPath: join(folder, 'log'),
    },
  );
  await store.start();
  const random = generator(7);
  const series = Array.from({ length: 6 }, (_, i) => ({
    labels: Labels.fromObject({ __name__: i % 2 === 0 ? 'frames_total' : 'fps', camera: `c${i}`, site: `s${i % 3}` }),
    value: i * 10,
  }));
  for (let minute = 0; minute < DAYS * 24 * 60; minute += 5) {
    const rows: [series: number, atMs: number, value: number][] = [];
    for (const [i, one] of series.entries()) {
      for (let second = 0; second < 300; second += 30) {
        const atMs = START_MS + minute * 60_000 + second * 1_000 + (i === 3 ? Math.floor(random() * 900) : 0);
        // Gaps of an hour now and then, one series that ends for half a day.
        if (i === 4 && minute % 700 < 60) continue;
        if (i === 5 && minute > 1_500 && minute < 2_200) continue;
        if (i % 2 === 0) one.value = random() < 0.001 ? 0 : one.value + Math.floor(random() * 5);
        else one.value = random() < 0.02 ? Number.NaN : Math.round(random() * 3_000) / 100;
        rows.push([i, atMs, i === 5 && minute === 1_500 ? STALE_NAN : one.value]);
      }
    }
    await append(
      series.map(({ labels }) => labels),
      rows,
    );
    await clock.advance(300_000);
    await realTime(2);
  }
  // A site that was cut off sends half an hour of yesterday.
  const late = Labels.fromObject({ __name__: 'frames_total', camera: 'c0', site: 's0' });
  await append(
    [late],
    Array.from({ length: 30 }, (_, i) => [0, START_MS + 20 * HOUR_MS + i * 60_000 + 7_000, 1_000 + i] as const),
  );
  for (let i = 0; i < 8; i++) {
    await clock.advance(60_000);
    await realTime(200);
    await store.flush();
  }
  await rolledUp();
}, 240_000);

afterAll(async () => {
  await store.stop(AbortSignal.timeout(20_000));
  await temporary.remove();
  await rm(folder, { recursive: true, force: true });
});

async function append(
  labels: readonly Labels[],
  rows: readonly (readonly [series: number, atMs: number, value: number])[],
): Promise<void> {
  await store.append(
    {
      series: labels,
      seriesIndex: Uint32Array.from(rows, ([series]) => series),
      timestampMs: Float64Array.from(rows, ([, atMs]) => atMs),
      value: Float64Array.from(rows, ([, , value]) => value),
    },
    { acknowledge: 'queued' },
  );
}

/** The clock is virtual, the database is not: minutes that pass while a write is under way are not what happens to anybody. */
function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Sweeps run on the virtual clock and write to a real database: waits for what they began. */
async function rolledUp(): Promise<void> {
  const request = {
    matchers: [],
    function: 'count_over_time',
    firstEndMs: START_MS + HOUR_MS,
    stepMs: HOUR_MS,
    steps: DAYS * 24 - 2,
    rangeMs: HOUR_MS,
  } as const;
  for (let i = 0; i < 200; i++) {
    const block = await store.selectGrid?.(request, signal);
    if (block && block.steps === request.steps) return;
    await clock.advance(60_000);
    await realTime(20);
  }
  throw new Error('the rollups were not written');
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const functions = [
  'rate',
  'increase',
  'delta',
  'changes',
  'resets',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'first_over_time',
  'present_over_time',
] as const;
const selectors = [
  'frames_total',
  'fps',
  'frames_total{site="s0"}',
  'fps{camera=~"c[13]"}',
  'fps{camera="none"}',
] as const;
const expression = fc
  .tuple(
    fc.constantFrom(...selectors),
    fc.option(fc.constantFrom(...functions)),
    fc.constantFrom('5m', '10m', '1h', '2h', '1d'),
    fc.constantFrom('', ' offset 5m', ' offset 1h', ' offset -1h'),
    fc.constantFrom('', 'sum by (site) ', 'max ', 'count '),
  )
  .map(([selector, name, range, offset, aggregation]) => {
    const inner = name === null ? `${selector}${offset}` : `${name}(${selector}[${range}]${offset})`;
    return aggregation === '' ? inner : `${aggregation}(${inner})`;
  });
const windowArbitrary = fc.record({
  startHours: fc.integer({ min: 2, max: 40 }),
  extraMs: fc.constantFrom(0, 0, 0, 300_000, 123_000),
  stepMs: fc.constantFrom(300_000, 1_800_000, HOUR_MS, 3 * HOUR_MS),
  hours: fc.integer({ min: 7, max: 40 }),
});

describe('push-down into the rollups', () => {
  it('gives what raw samples give', async () => {
    const raw: SeriesSelector = {
      select: (...args) => store.select(...args),
      series: (...args) => store.series(...args),
      labelNames: (...args) => store.labelNames(...args),
      labelValues: (...args) => store.labelValues(...args),
    };
    const counting: SeriesSelector = {
      ...raw,
      selectGrid: async (...args) => {
        asked++;
        const block = await store.selectGrid?.(...args);
        if (block) pushed++;
        return block;
      },
    };
    const engines = [raw, counting].map((selector) => openQueryEngine({ selector, clock }));
    await fc.assert(
      fc.asyncProperty(expression, windowArbitrary, async (query, { startHours, extraMs, stepMs, hours }) => {
        const startMs = (START_MS + startHours * HOUR_MS + extraMs) as UnixMs;
        const window = { startMs, endMs: (startMs + hours * HOUR_MS) as UnixMs, stepMs };
        const [expected, got] = await Promise.all(engines.map((engine) => engine.range(query, window, { signal })));
        const flat = (answer: typeof got) =>
          new Map(
            answer?.series.flatMap(({ labels, timestampMs, value }) =>
              Array.from(timestampMs, (atMs, i) => [`${labels} ${atMs}`, value[i] as number] as const),
            ),
          );
        const [want, have] = [flat(expected), flat(got)];
        expect([...have.keys()].sort(), query).toEqual([...want.keys()].sort());
        for (const [key, value] of want) {
          const other = have.get(key) as number;
          const close = Object.is(value, other) || Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(value));
          expect(close, `${query}: ${key} is ${other} and should be ${value}`).toBe(true);
        }
      }),
      { numRuns: 250 },
    );
    // Otherwise the two would be equal because they are the same.
    expect(pushed).toBeGreaterThan(100);
    expect(asked).toBeGreaterThan(pushed);
  }, 240_000);
});
