import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { sql } from '../../src/clickhouse/index.ts';
import { SeriesCatalog } from '../../src/metrics/store/series-catalog.ts';
import { Rollups } from '../../src/metrics/store/rollup/rollups.ts';
import { Labels } from '../../src/model/labels.ts';
import type { GridFunction } from '../../src/model/ports.ts';
import { SampleBuffer } from '../../src/model/sample.ts';
import { MemoryState } from '../support/memory-state.ts';
import { type TemporaryDatabase, rowsOf, temporaryDatabase } from './temporary-database.ts';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.parse('2026-06-15T12:00:00Z');
const signal = new AbortController().signal;
let temporary: TemporaryDatabase;

beforeAll(async () => {
  temporary = await temporaryDatabase();
});
afterAll(() => temporary.remove());

/** Raw samples in arrays, as the store would give them, and rollups over the real database. */
function house(nowMs: number, state = new MemoryState()) {
  const clock = new VirtualClock(unixMs(nowMs));
  const catalog = new SeriesCatalog();
  const raw = new Map<number, Map<number, number>>();
  let reads = 0;
  let afterRead: (() => void) | undefined;
  const rollups = new Rollups({
    database: temporary.database,
    clock,
    logger: silentLogger,
    registry: new Registry(),
    catalog,
    state,
    excluded: () => false,
    read: async (refs, startMs, endMs) => ({
      labels: Array.from(refs, (ref) => catalog.labels(ref)),
      read: (index, into: SampleBuffer) => {
        reads++;
        into.clear();
        const samples = [...(raw.get(refs[index] as number) ?? [])].sort(([a], [b]) => a - b);
        for (const [atMs, value] of samples) if (atMs >= startMs && atMs <= endMs) into.push(atMs, value);
        const call = afterRead;
        afterRead = undefined;
        call?.();
      },
    }),
  });
  return {
    /** Something happens right after the next series is read. */
    onceRead(call: () => void): void {
      afterRead = call;
    },
    clock,
    catalog,
    rollups,
    state,
    get reads() {
      return reads;
    },
    series(name: string): number {
      const labels = Labels.fromObject({ __name__: name });
      return catalog.find(labels) ?? catalog.create(labels);
    },
    /** A sample that was stored before this start. */
    load(ref: number, atMs: number, value: number): void {
      const samples = raw.get(ref) ?? new Map<number, number>();
      raw.set(ref, samples.set(atMs, value));
      catalog.minMs[ref] = Math.min(catalog.minMs[ref] as number, atMs);
      catalog.maxMs[ref] = Math.max(catalog.maxMs[ref] as number, atMs);
    },
    erase(ref: number, fromMs: number, toMs: number): void {
      for (const atMs of raw.get(ref)?.keys() ?? []) if (atMs >= fromMs && atMs <= toMs) raw.get(ref)?.delete(atMs);
      rollups.erased(ref, fromMs, toMs);
    },
    /** What the store does with a sample: keeps it, widens the series' range, tells of late ones. */
    append(ref: number, atMs: number, value: number): void {
      this.load(ref, atMs, value);
      if (atMs <= rollups.lateUntilMs(ref)) rollups.late(ref, atMs, atMs);
    },
    async ask(ref: number, name: GridFunction, firstEndMs: number, stepMs: number, steps: number, rangeMs: number) {
      const request = { matchers: [], function: name, firstEndMs, stepMs, steps, rangeMs };
      const block = await rollups.grid(request, Uint32Array.of(ref), signal);
      if (!block) return undefined;
      const values = new Float64Array(block.steps);
      const present = new Uint8Array(block.steps);
      block.fill(0, values, present);
      return Array.from(values, (value, k) => (present[k] === 1 ? value : undefined));
    },
  };
}

beforeEach(async () => {
  await temporary.database.exec(sql`TRUNCATE TABLE IF EXISTS rollup_5m`);
  await temporary.database.exec(sql`TRUNCATE TABLE IF EXISTS rollup_1h`);
});

describe('rollups', () => {
  it('closed buckets are rolled up, the open one is left to raw samples', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series, ask } = at;
    await rollups.start();
    const ref = series('fps');
    for (let second = 0; second < 1_200; second += 5) at.append(ref, NOON_MS + second * 1_000, second);
    await clock.advance(1_200_000);
    await rollups.sweep();
    const counts = await ask(ref, 'count_over_time', NOON_MS + 300_000, 300_000, 5, 300_000);
    // (12:00, 12:05] lacks the sample at noon, which is in the bucket before; 12:20 is not closed yet.
    expect(counts).toEqual([60, 60, 60]);
    expect(await ask(ref, 'sum_over_time', NOON_MS + 300_000, 300_000, 1, 300_000)).toEqual([60 * 152.5]);
    await rollups.stop();
  });

  it('a sample that comes between reading its bucket for the first time and storing it is not lost', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series, ask } = at;
    await rollups.start();
    const ref = series('fps');
    for (let minute = 1; minute <= 20; minute++) at.append(ref, NOON_MS + minute * 60_000, 10);
    at.onceRead(() => at.append(ref, NOON_MS + 90_000, 30));
    await clock.advance(1_260_000);
    await rollups.sweep();
    const asked = [ref, 'max_over_time', NOON_MS + 300_000, 300_000, 2, 300_000] as const;
    await clock.advance(120_000);
    await rollups.sweep();
    expect(await ask(...asked)).toEqual([30, 10]);
    await rollups.stop();
  });

  it('a late sample changes its bucket, and until then the rollups do not answer for it', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series, ask } = at;
    await rollups.start();
    const ref = series('fps');
    for (let minute = 1; minute <= 180; minute++) at.append(ref, NOON_MS + minute * 60_000, 10);
    await clock.advance(3 * HOUR_MS + 60_000);
    await rollups.sweep();
    const first = [ref, 'max_over_time', NOON_MS + HOUR_MS, HOUR_MS, 3, HOUR_MS] as const;
    expect(await ask(...first)).toEqual([10, 10, 10]);

    at.append(ref, NOON_MS + 90 * 60_000 + 1, 99);
    expect(await ask(...first)).toBeUndefined();
    // Hours that the late sample is not in go on being answered.
    expect(await ask(ref, 'max_over_time', NOON_MS + HOUR_MS, HOUR_MS, 1, HOUR_MS)).toEqual([10]);
    await rollups.sweep();
    expect(await ask(...first)).toBeUndefined();
    await clock.advance(61_000);
    await rollups.sweep();
    expect(await ask(...first)).toEqual([10, 99, 10]);
    expect(await ask(ref, 'max_over_time', NOON_MS + 100 * 60_000, 300_000, 1, 300_000)).toEqual([10]);
    await rollups.stop();
  });

  it('days-old samples that stream in are rolled up once they pause', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series, ask } = at;
    await rollups.start();
    const ref = series('old');
    const dayMs = NOON_MS - 30 * 24 * HOUR_MS;
    for (let minute = 0; minute < 24 * 60; minute++) at.append(ref, dayMs + minute * 60_000, minute);
    await rollups.sweep();
    expect(await ask(ref, 'count_over_time', dayMs + HOUR_MS, HOUR_MS, 1, HOUR_MS)).toBeUndefined();
    await clock.advance(120_000);
    await rollups.sweep();
    const increases = await ask(ref, 'increase', dayMs + 2 * HOUR_MS, HOUR_MS, 20, HOUR_MS);
    expect(increases).toHaveLength(20);
    for (const increase of increases ?? []) expect(increase).toBeCloseTo(60, 9);
    await rollups.stop();
  });

  it('go on after a restart where they were, and make late hours of before a crash anew', async () => {
    const first = house(NOON_MS);
    await first.rollups.start();
    const ref = first.series('fps');
    for (let minute = 1; minute <= 120; minute++) first.append(ref, NOON_MS + minute * 60_000, minute);
    await first.clock.advance(2 * HOUR_MS + 60_000);
    await first.rollups.sweep();
    first.append(ref, NOON_MS + 30 * 60_000 + 5, 1_000);
    // No sweep: the process dies here.
    await first.rollups.stop();

    const second = house(NOON_MS + 2 * HOUR_MS + 120_000, first.state);
    const again = second.series('fps');
    for (let minute = 1; minute <= 122; minute++) second.load(again, NOON_MS + minute * 60_000, minute);
    second.load(again, NOON_MS + 30 * 60_000 + 5, 1_000);
    await second.rollups.start();
    expect(await second.ask(again, 'max_over_time', NOON_MS + HOUR_MS, HOUR_MS, 1, HOUR_MS)).toBeUndefined();
    // The hour after it was whole before the crash.
    expect(await second.ask(again, 'max_over_time', NOON_MS + 2 * HOUR_MS, 300_000, 1, 300_000)).toEqual([120]);
    await second.rollups.sweep();
    expect(await second.ask(again, 'max_over_time', NOON_MS + HOUR_MS, HOUR_MS, 2, HOUR_MS)).toEqual([1_000, 120]);
    await second.rollups.stop();
  });

  it('deleted samples leave their buckets', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series, ask } = at;
    await rollups.start();
    const ref = series('fps');
    for (let minute = 1; minute <= 120; minute++) at.append(ref, NOON_MS + minute * 60_000, minute);
    await clock.advance(2 * HOUR_MS + 60_000);
    await rollups.sweep();
    at.erase(ref, NOON_MS + 70 * 60_000, NOON_MS + 80 * 60_000);
    const every5m = [NOON_MS + 65 * 60_000, 300_000, 6] as const;
    expect(await ask(ref, 'count_over_time', ...every5m, 300_000)).toBeUndefined();
    await clock.advance(61_000);
    await rollups.sweep();
    expect(await ask(ref, 'count_over_time', ...every5m, 300_000)).toEqual([5, 4, undefined, undefined, 5, 5]);
    expect(await ask(ref, 'last', ...every5m, 300_000)).toEqual([65, 69, undefined, undefined, 85, 90]);
    expect(await ask(ref, 'last', ...every5m, 600_000)).toEqual([65, 69, 69, undefined, 85, 90]);
    await rollups.stop();
  });

  it('windows that do not begin and end with buckets are left to raw samples', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series, ask } = at;
    await rollups.start();
    const ref = series('fps');
    for (let minute = 0; minute <= 120; minute++) at.append(ref, NOON_MS + minute * 60_000, minute);
    await clock.advance(2 * HOUR_MS + 60_000);
    await rollups.sweep();
    expect(await ask(ref, 'rate', NOON_MS + HOUR_MS + 1_000, HOUR_MS, 1, HOUR_MS)).toBeUndefined();
    expect(await ask(ref, 'rate', NOON_MS + HOUR_MS, 60_000, 2, HOUR_MS)).toBeUndefined();
    expect(await ask(ref, 'rate', NOON_MS + HOUR_MS, HOUR_MS, 1, 90_000)).toBeUndefined();
    expect(await ask(ref, 'last', NOON_MS + HOUR_MS, HOUR_MS, 2, 300_000)).toEqual([60, 120]);
    expect(await ask(ref, 'last', NOON_MS + HOUR_MS, 300_000, 2, 60_001)).toEqual([60, 65]);
    await rollups.stop();
  });

  it('a later row of a bucket replaces the earlier one in the table too', async () => {
    const at = house(NOON_MS);
    const { clock, rollups, series } = at;
    await rollups.start();
    const ref = series('fps');
    at.append(ref, NOON_MS + 60_000, 1);
    await clock.advance(600_000);
    await rollups.sweep();
    at.append(ref, NOON_MS + 120_000, 5);
    await clock.advance(120_000);
    await rollups.sweep();
    expect(await rowsOf(temporary.database, sql`SELECT samples, sum FROM rollup_5m FINAL`)).toEqual([[2, 6]]);
    await rollups.stop();
  });
});
