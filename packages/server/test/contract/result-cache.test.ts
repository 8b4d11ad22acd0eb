import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
import { AliasBook, aliasingSelector, openQueryEngine, parseAliasFile } from '../../src/metrics/query/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import type { MatrixResult } from '../../src/model/ports.ts';
import { STALE_NAN } from '../../src/model/stale.ts';
import { MemoryState } from '../support/memory-state.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 15_000;
const signal = new AbortController().signal;
const ALIASES = `families:
  - name: picture_rate
    type: gauge
    help: Frames per second.
    spellings: [{ name: picture_rate_percent, times: 100 }]
`;

let folder: string;
let database: ChdbDatabase;
let store: OpenedMetricStore;
const clock = new SystemClock();
/** Whole minutes, so that steps are where the bounds of changes are. */
const nowMs = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedette-results-'));
  database = new ChdbDatabase({ clock, logger: silentLogger }, { path: folder });
  await database.start();
  store = openMetricStore(
    { database, clock, logger: silentLogger, registry: new Registry(), state: new MemoryState() },
    {
      hotWindow: { size: 16 * 2 ** 20, age: 120 * MINUTE_MS },
      seriesMax: 10_000,
      retentionMs: 15 * 24 * 60 * MINUTE_MS,
      diskHeadroomBytes: 0,
      logPath: join(folder, 'wal'),
    },
  );
  await store.start();
});

afterAll(async () => {
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

type Row = readonly [series: Readonly<Record<string, string>>, atMs: number, value: number];

async function write(rows: readonly Row[]): Promise<void> {
  await store.append({
    series: rows.map(([series]) => Labels.fromObject(series)),
    seriesIndex: Uint32Array.from(rows, (_, i) => i),
    timestampMs: Float64Array.from(rows, ([, atMs]) => atMs),
    value: Float64Array.from(rows, ([, , value]) => value),
  });
}

function shown(result: MatrixResult): unknown {
  return result.series.map(({ labels, timestampMs, value }) => [
    labels.toString(),
    [...timestampMs],
    // Sums that begin elsewhere differ in their last digits.
    Array.from(value, (one) => (Number.isFinite(one) ? Number(one.toPrecision(10)) : String(one))),
  ]);
}

async function metricOf(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return metric?.values[0]?.value ?? 0;
}

describe('kept results of range queries', () => {
  const selector = (): ReturnType<typeof aliasingSelector> =>
    aliasingSelector(store, new AliasBook(parseAliasFile(ALIASES, 'aliases.yaml')));

  it('are never different from what a fresh evaluation gives, whatever is written, late or deleted in between', async () => {
    const registry = new Registry();
    const keeping = openQueryEngine({ selector: selector(), clock, changes: store, registry }, { keptFromMs: 0 });
    const plain = openQueryEngine({ selector: selector(), clock });
    const queries = [
      'kept',
      'sum by (site) (rate(kept_total[1m]))',
      'avg_over_time(kept[5m])',
      'topk(2, kept)',
      'max_over_time(rate(kept_total[1m])[4m:30s])',
      'kept offset 3m - on (camera) kept',
      'sum(kept offset -2m)',
      'count(kept) or vector(0)',
      'absent(kept{camera="0"})',
      'kept @ end()',
      'rate(kept_total[step() * 4])',
      'picture_rate',
      'sum(picture_rate_percent)',
    ];
    const pick = random(7);
    const camera = (i: number): Record<string, string> => ({ camera: String(i), site: i % 2 === 0 ? 'a' : 'b' });
    let writtenMs = nowMs - 90 * MINUTE_MS;
    for (let round = 0; round < 60; round++) {
      const rows: Row[] = [];
      const seconds = 30 + pick(120);
      for (let i = 0; i < 5; i++) {
        if (pick(6) === 0) continue;
        for (let second = 0; second < seconds; second += 10) {
          const atMs = writtenMs + second * 1_000;
          rows.push([{ __name__: 'kept', ...camera(i) }, atMs, pick(30) === 0 ? STALE_NAN : pick(50)]);
          rows.push([{ __name__: 'kept_total', ...camera(i) }, atMs, pick(40) === 0 ? 0 : round * 1_000 + second]);
          const spelling = i === 1 || (i === 2 && pick(2) === 0) ? 'picture_rate_percent' : 'picture_rate';
          rows.push([{ __name__: spelling, ...camera(i) }, atMs, pick(10)]);
        }
      }
      writtenMs += seconds * 1_000;
      if (rows.length > 0) await write(rows);
      if (pick(4) === 0) {
        const lateMs = writtenMs - pick(60) * MINUTE_MS - pick(MINUTE_MS);
        await write([[{ __name__: 'kept', ...camera(pick(7)) }, lateMs, 100 + pick(9)]]);
      }
      if (pick(12) === 0) {
        const startMs = writtenMs - (1 + pick(40)) * MINUTE_MS;
        const matcherSets = [
          [createMatcher('__name__', '=~', 'kept.*'), createMatcher('camera', '=', String(pick(5)))],
        ];
        await store.deleteSeries({ matcherSets, startMs, endMs: startMs + pick(5) * MINUTE_MS }, signal);
      }
      if (pick(15) === 0) await store.flush();
      const endMs = Math.floor(writtenMs / STEP_MS) * STEP_MS + (pick(8) === 0 ? 5_000 : 0);
      const window = { startMs: unixMs(endMs - (20 + pick(3)) * MINUTE_MS), endMs: unixMs(endMs), stepMs: STEP_MS };
      for (const query of queries) {
        const [kept, fresh] = await Promise.all([
          keeping.range(query, window, { signal }),
          plain.range(query, window, { signal }),
        ]);
        expect(shown(kept), `round ${round}: ${query}`).toEqual(shown(fresh));
      }
    }
    expect(await metricOf(registry, 'vedette_query_kept_steps_total')).toBeGreaterThan(10_000);
  }, 120_000);

  it('a panel that is drawn again evaluates only its newest steps', async () => {
    const registry = new Registry();
    const engine = openQueryEngine({ selector: store, clock, changes: store, registry }, { keptFromMs: 0 });
    const startMs = nowMs - 60 * MINUTE_MS;
    const at = (minute: number): number => startMs + minute * MINUTE_MS;
    for (let minute = 0; minute <= 30; minute++) await write([[{ __name__: 'panel' }, at(minute), minute]]);
    const range = async (from: number, to: number): Promise<number> => {
      const before = await metricOf(registry, 'vedette_query_samples_total');
      await engine.range('panel', { startMs: unixMs(at(from)), endMs: unixMs(at(to)), stepMs: MINUTE_MS }, { signal });
      return (await metricOf(registry, 'vedette_query_samples_total')) - before;
    };
    const whole = await range(0, 30);
    expect(await range(0, 30)).toBe(0);
    await write([[{ __name__: 'panel' }, at(31), 31]]);
    expect(await range(1, 31)).toBeLessThan(whole / 2);
    // Late: everything behind it may be different.
    await write([[{ __name__: 'panel', other: 'late' }, at(5), 1]]);
    expect(await range(1, 31)).toBeGreaterThan(whole / 2);
    engine.forgetResults();
    expect(await range(1, 31)).toBeGreaterThan(whole / 2);
  });

  it('keep to their size, the least recently asked leaving first', async () => {
    const registry = new Registry();
    const engine = openQueryEngine(
      { selector: store, clock, changes: store, registry },
      { keptFromMs: 0, resultCacheBytes: 8_000 },
    );
    const window = { startMs: unixMs(nowMs - 60 * MINUTE_MS), endMs: unixMs(nowMs), stepMs: MINUTE_MS };
    for (let i = 0; i < 20; i++) await engine.range(`vector(${i})`, window, { signal });
    expect(await metricOf(registry, 'vedette_query_kept_result_bytes')).toBeLessThanOrEqual(8_000);
    const steps = (): Promise<number> => metricOf(registry, 'vedette_query_kept_steps_total');
    const before = await steps();
    await engine.range('vector(0)', window, { signal });
    expect(await steps()).toBe(before);
    await engine.range('vector(19)', window, { signal });
    expect(await steps()).toBe(before + 61);
    await engine.range('vector(19)', window, { signal, fresh: true });
    expect(await steps()).toBe(before + 61);
  });
});
