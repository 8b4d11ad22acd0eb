import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { VedetteError } from '../../base/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import { createMatcher } from '../../model/matcher.ts';
import type { LabelRequest, SeriesSet, StateStore } from '../../model/ports.ts';
import { type SampleBatch, SampleBuffer } from '../../model/sample.ts';
import { isStale, writeStale } from '../../model/stale.ts';
import { FUTURE_MAX_MS, JoinedMetricStore, REJECTIONS_REPORTED_MAX } from './metric-store.ts';
import type { SampleTable } from './ports.ts';
import { SeriesCatalog } from './series-catalog.ts';
import type { RefColumns } from './sample-records.ts';
import type { SampleColumns, SampleRange, StoredSeries } from './table-rows.ts';
import type { StoredSamples } from './table-reader.ts';
import type { ReplayVisitor } from './table-store.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const signal = new AbortController().signal;

interface Queued {
  readonly samples: SampleColumns;
  readonly done: () => void;
}

/** The table's promises without a database: rows wait in a queue until `flush`. */
class MemoryTable implements SampleTable {
  readonly rows = new Map<number, Map<number, number>>();
  readonly #labels = new Map<number, Labels>();
  readonly #queue: Queued[] = [];
  readonly #idOf: (ref: number) => number;
  readonly #labelsOf: (id: number) => Labels;
  full = false;
  reads = 0;
  readonly queuedSamples = 0;

  constructor(idOf: (ref: number) => number, labelsOf: (id: number) => Labels) {
    this.#idOf = idOf;
    this.#labelsOf = labelsOf;
  }

  get unflushedSamples(): number {
    return this.#queue.reduce((sum, { samples }) => sum + samples.length, 0);
  }

  knownSeries(): void {}

  forgetRef(): void {}

  async replay(_visitor: ReplayVisitor): Promise<void> {}

  checkRoom(): void {
    if (this.full) throw new VedetteError('INGEST_OVERLOADED', 'the queue is full');
  }

  append(samples: RefColumns, options: { readonly acknowledge?: 'durable' | 'queued' } = {}): Promise<void> {
    const { length } = samples;
    const id = Float64Array.from(samples.ref.subarray(0, length), this.#idOf);
    return new Promise((resolve) => {
      this.#queue.push({
        samples: { length, id, timestampMs: samples.timestampMs.slice(), value: samples.value.slice() },
        done: resolve,
      });
      if (options.acknowledge === 'queued') resolve();
    });
  }

  async flush(): Promise<void> {
    for (const { samples, done } of this.#queue.splice(0)) {
      for (let i = 0; i < samples.length; i++) {
        const id = samples.id[i] as number;
        this.#labels.set(id, this.#labelsOf(id));
        if (!this.rows.has(id)) this.rows.set(id, new Map());
        this.rows.get(id)?.set(samples.timestampMs[i] as number, samples.value[i] as number);
      }
      done();
    }
  }

  async *loadSeries(): AsyncGenerator<readonly StoredSeries[]> {
    yield [...this.rows].map(([id, rows]) => {
      const days = [...rows.keys()].map((at) => Math.floor(at / DAY_MS) * DAY_MS);
      return {
        id,
        labels: this.#labels.get(id) ?? Labels.EMPTY,
        firstDayMs: Math.min(...days),
        lastDayMs: Math.max(...days),
      };
    });
  }

  async *readStored(range: SampleRange): AsyncGenerator<StoredSamples> {
    this.reads++;
    for (const id of [...range.ids].sort((a, b) => a - b)) {
      const rows = (fromMs: number, toMs: number): [number, number][] =>
        [...(this.rows.get(id) ?? [])].filter(([at]) => at >= fromMs && at <= toMs).sort(([a], [b]) => a - b);
      if (rows(range.startMs, range.endMs).length === 0) continue;
      yield {
        id,
        estimate: (fromMs, toMs) => rows(fromMs, toMs).length,
        read: (fromMs, toMs, into) => {
          for (const [at, value] of rows(fromMs, toMs)) into.push(at, value);
        },
      };
    }
  }

  async *readSamples(range: SampleRange): AsyncGenerator<SampleColumns> {
    this.reads++;
    for (const id of [...range.ids].sort((a, b) => a - b)) {
      const rows = [...(this.rows.get(id) ?? [])]
        .filter(([at]) => at >= range.startMs && at <= range.endMs)
        .sort(([a], [b]) => a - b);
      // Small blocks, so that one series spans several.
      for (let from = 0; from < rows.length; from += 3) {
        const some = rows.slice(from, from + 3);
        yield {
          length: some.length,
          id: new Float64Array(some.length).fill(id),
          timestampMs: Float64Array.from(some, ([at]) => at),
          value: Float64Array.from(some, ([, value]) => value),
        };
      }
    }
  }
}

interface Opened {
  readonly store: JoinedMetricStore;
  readonly table: MemoryTable;
  readonly clock: VirtualClock;
  readonly registry: Registry;
}

async function open(
  given: { table?: MemoryTable; sizeBytes?: number; seriesMax?: number; state?: StateStore; clock?: VirtualClock } = {},
): Promise<Opened> {
  const catalog = new SeriesCatalog();
  const clock = given.clock ?? new VirtualClock(NOW_MS);
  const idOf = (ref: number): number => catalog.id[ref] as number;
  const labelsOf = (id: number): Labels => catalog.labelsOfId(id) ?? Labels.EMPTY;
  const table = given.table ?? new MemoryTable(idOf, labelsOf);
  const registry = new Registry();
  const store = new JoinedMetricStore(
    { table, clock, logger: silentLogger, registry, catalog, ...(given.state ? { state: given.state } : {}) },
    {
      hotWindow: { size: given.sizeBytes ?? 1 << 20, age: 2 * 3_600_000 },
      seriesMax: given.seriesMax ?? 1_000,
      retentionMs: 2 * DAY_MS,
    },
  );
  await store.start();
  return { store, table, clock, registry };
}

function batch(
  series: readonly Record<string, string>[],
  rows: readonly (readonly [series: number, atMs: number, value: number])[],
): SampleBatch {
  return {
    series: series.map((object) => Labels.fromObject(object)),
    seriesIndex: Uint32Array.from(rows, ([index]) => index),
    timestampMs: Float64Array.from(rows, ([, atMs]) => atMs),
    value: Float64Array.from(rows, ([, , value]) => value),
  };
}

const UP = { __name__: 'up', job: 'camera' };

function samplesOf(set: SeriesSet, index = 0): [number, number][] {
  const buffer = new SampleBuffer(1);
  set.read(index, buffer);
  return Array.from({ length: buffer.length }, (_, i) => [buffer.timestampMs[i] as number, buffer.value[i] as number]);
}

async function selectUp(store: JoinedMetricStore, startMs: number, endMs: number): Promise<[number, number][]> {
  const set = await store.select({ matchers: [createMatcher('__name__', '=', 'up')], startMs, endMs }, signal);
  return set.labels.length === 0 ? [] : samplesOf(set);
}

describe('metric store', () => {
  it('shows queued samples at once, and keeps a durable caller until the table has them', async () => {
    const { store, table } = await open();
    await store.append(batch([UP], [[0, NOW_MS, 1]]), { acknowledge: 'queued' });
    let durable = false;
    const waiting = store.append(batch([UP], [[0, NOW_MS + 1_000, 2]])).then(() => (durable = true));
    expect(await selectUp(store, NOW_MS, NOW_MS + 5_000)).toEqual([
      [NOW_MS, 1],
      [NOW_MS + 1_000, 2],
    ]);
    expect(durable).toBe(false);
    table.flush();
    await waiting;
    expect(store.stats()).toMatchObject({
      activeSeries: 1,
      hotSamples: 2,
      samplesAppended: 2,
      writeQueueSamples: 0,
      hotOldestMs: NOW_MS,
    });
  });

  it('refuses row by row and says why', async () => {
    const { store, registry } = await open({ seriesMax: 1 });
    const series = [
      UP,
      { job: 'nameless' },
      { __name__: 'bad', x: 'a\u0001b' },
      { __name__: 'lone', x: '\ud800' },
      { __name__: 'long', x: 'x'.repeat(5_000) },
      { __name__: 'second' },
    ];
    const result = await store.append(
      batch(series, [
        [0, NOW_MS, 1],
        [0, NOW_MS - 3 * DAY_MS, 1],
        [0, NOW_MS + FUTURE_MAX_MS + 1, 1],
        [0, Number.NaN, 1],
        [1, NOW_MS, 1],
        [2, NOW_MS, 1],
        [3, NOW_MS, 1],
        [4, NOW_MS, 1],
        [5, NOW_MS, 1],
      ]),
      { acknowledge: 'queued' },
    );
    expect(result).toEqual({
      accepted: 1,
      rejectedCount: 8,
      rejected: [
        { row: 1, reason: 'too-old' },
        { row: 2, reason: 'too-far-in-future' },
        { row: 3, reason: 'too-old' },
        { row: 4, reason: 'invalid-labels' },
        { row: 5, reason: 'invalid-labels' },
        { row: 6, reason: 'invalid-labels' },
        { row: 7, reason: 'invalid-labels' },
        { row: 8, reason: 'series-limit' },
      ],
      seriesLimit: {
        samples: 1,
        text: 'storage.active_series is 1 and reached; the label "job" has 1 values, the metric "up" has 1 series',
        label: 'job',
      },
    });
    expect(store.stats()).toMatchObject({
      knownSeries: 1,
      seriesMax: 1,
      samplesRejected: 8,
      samplesRejectedByReason: { 'too-old': 2, 'too-far-in-future': 1, 'invalid-labels': 4, 'series-limit': 1 },
      seriesRefusal: {
        isOn: true,
        label: { name: 'job', value: 1 },
        metric: { name: 'up', value: 1 },
        sinceMs: NOW_MS,
        lastMs: NOW_MS,
      },
    });
    expect(await registry.metrics()).toContain('vedette_samples_rejected_total{reason="invalid-labels"} 4');
    const tooOld = batch(
      [UP],
      Array.from({ length: 500 }, () => [0, 0, 0] as const),
    );
    const many = await store.append(tooOld);
    expect(many.rejected).toHaveLength(REJECTIONS_REPORTED_MAX);
    expect(many.rejectedCount).toBe(500);
    expect((await store.append(tooOld, { nameAllRejections: true })).rejected).toHaveLength(500);
  });

  it('refuses the whole batch when the table has no room, and keeps nothing of it', async () => {
    const { store, table } = await open();
    table.full = true;
    await expect(store.append(batch([UP], [[0, NOW_MS, 1]]))).rejects.toMatchObject({ code: 'INGEST_OVERLOADED' });
    table.full = false;
    expect(await selectUp(store, 0, NOW_MS)).toEqual([]);
    expect(store.stats().hotSamples).toBe(0);
  });

  it('accepts a sample again without keeping it twice, and takes the newer of two values', async () => {
    const { store } = await open();
    for (const value of [1, 1, 2]) {
      expect(await store.append(batch([UP], [[0, NOW_MS, value]]), { acknowledge: 'queued' })).toMatchObject({
        accepted: 1,
      });
    }
    expect(await selectUp(store, 0, NOW_MS)).toEqual([[NOW_MS, 2]]);
  });

  it('reads what left memory from the table, and what is on its way there too', async () => {
    const { store, table } = await open();
    const old = NOW_MS - 5 * 3_600_000;
    const second = { __name__: 'up', job: 'late' };
    await store.append(batch([second], [[0, NOW_MS - 1, 0]]), { acknowledge: 'queued' });
    await store.append(batch([second], [[0, old, 1]]), { acknowledge: 'queued' });
    expect(store.stats().hotSamples).toBe(1);
    const late = [createMatcher('job', '=', 'late')];
    const select = async (): Promise<[number, number][]> =>
      samplesOf(await store.select({ matchers: late, startMs: old - 1, endMs: NOW_MS }, signal));
    expect(await select()).toEqual([
      [old, 1],
      [NOW_MS - 1, 0],
    ]);
    table.flush();
    await store.append(
      batch(
        [second],
        [
          [0, old, 5],
          [0, old + 1, 2],
          [0, NOW_MS, 3],
        ],
      ),
      { acknowledge: 'queued' },
    );
    expect(await select()).toEqual([
      [old, 5],
      [old + 1, 2],
      [NOW_MS - 1, 0],
      [NOW_MS, 3],
    ]);
    table.flush();
    await store.append(batch([UP], [[0, NOW_MS + 1, 9]]), { acknowledge: 'queued' });
    expect(await select()).toEqual([
      [old, 5],
      [old + 1, 2],
      [NOW_MS - 1, 0],
      [NOW_MS, 3],
    ]);
  });

  it('asks the table again only for what came before the last ten minutes, once warmed after a restart', async () => {
    const first = await open();
    const rows = Array.from({ length: 60 }, (_, i) => [0, NOW_MS - i * MINUTE_MS, i] as const);
    await first.store.append(batch([UP], rows), { acknowledge: 'queued' });
    first.table.flush();
    const { store, table } = await open({ table: first.table });
    await store.append(batch([UP], [[0, NOW_MS + 1_000, -1]]), { acknowledge: 'queued' });
    await store.warmed();
    table.reads = 0;
    expect(await selectUp(store, NOW_MS - 5 * MINUTE_MS, NOW_MS + 2_000)).toHaveLength(7);
    expect(table.reads).toBe(0);
    const all = await selectUp(store, 0, NOW_MS + 2_000);
    expect(all.map(([, value]) => value)).toEqual([...Array.from({ length: 60 }, (_, i) => 59 - i), -1]);
    expect(table.reads).toBe(1);
  });

  it('refuses selections above the limits with both numbers', async () => {
    const { store } = await open();
    const series = Array.from({ length: 3 }, (_, i) => ({ __name__: 'up', i: String(i) }));
    await store.append(
      batch(
        series,
        Array.from({ length: 30 }, (_, i) => [i % 3, NOW_MS - i * 1_000, 1] as const),
      ),
      { acknowledge: 'queued' },
    );
    const request = { matchers: [createMatcher('__name__', '=', 'up')], startMs: 0, endMs: NOW_MS };
    await expect(store.select({ ...request, seriesMax: 2 }, signal)).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
      details: { series: 3, seriesMax: 2 },
    });
    await expect(store.select({ ...request, samplesMax: 29 }, signal)).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
      details: { samples: 30, samplesMax: 29 },
    });
    expect((await store.select({ ...request, samplesMax: 30, seriesMax: 3 }, signal)).labels).toHaveLength(3);
  });

  it('counts a series, name or value only where it may have samples', async () => {
    const { store } = await open();
    const series = [
      { __name__: 'old', a: '1' },
      { __name__: 'new', a: '2', b: '3' },
    ];
    await store.append(
      batch(series, [
        [0, NOW_MS - 3_600_000, 1],
        [1, NOW_MS, 1],
      ]),
      { acknowledge: 'queued' },
    );
    const recent: LabelRequest = { matcherSets: [], startMs: NOW_MS - MINUTE_MS, endMs: NOW_MS };
    const all: LabelRequest = { ...recent, startMs: 0 };
    expect(await store.labelNames(recent, signal)).toEqual(['__name__', 'a', 'b']);
    expect(await store.labelValues('a', recent, signal)).toEqual(['2']);
    expect(await store.labelValues('__name__', all, signal)).toEqual(['new', 'old']);
    expect(await store.labelValues('__name__', { ...all, limit: 1 }, signal)).toEqual(['new']);
    expect(
      (
        await store.series(
          { ...all, matcherSets: [[createMatcher('a', '=', '1')], [createMatcher('b', '=', '3')]] },
          signal,
        )
      ).map(String),
    ).toHaveLength(2);
    expect(await store.labelNames({ ...all, matcherSets: [[createMatcher('a', '=', '1')]] }, signal)).toEqual([
      '__name__',
      'a',
    ]);
  });

  it('forgets series whose samples left retention, and starts them anew when they come back', async () => {
    const { store, table, clock } = await open();
    await store.append(batch([UP], [[0, NOW_MS, 1]]), { acknowledge: 'queued' });
    table.flush();
    await clock.advance(2 * DAY_MS + 2 * 3_600_000);
    const now = clock.now();
    const every: LabelRequest = { matcherSets: [], startMs: 0, endMs: now };
    expect(await store.series(every, signal)).toEqual([]);
    expect(store.stats()).toMatchObject({ activeSeries: 0, hotSamples: 0 });
    await store.append(batch([UP], [[0, now, 2]]), { acknowledge: 'queued' });
    expect(await selectUp(store, 0, now)).toEqual([[now, 2]]);
  });

  it('keeps the stale marker', async () => {
    const { store } = await open();
    const given = batch(
      [UP],
      [
        [0, NOW_MS, 1],
        [0, NOW_MS + 1, 0],
      ],
    );
    writeStale(given.value, 1);
    await store.append(given, { acknowledge: 'queued' });
    expect((await selectUp(store, 0, NOW_MS + 1)).map(([, value]) => isStale(value))).toEqual([false, true]);
  });

  it('keeps metadata across a restart through the state store', async () => {
    const saved = new Map<string, unknown>();
    const state: StateStore = {
      open: async (_namespace, parse) => {
        const entries = [...saved].flatMap(([key, json]) => {
          const value = parse(json);
          return value === undefined ? [] : [[key, value] as const];
        });
        const map = new Map(entries);
        const put = async (key: string, value: unknown): Promise<void> =>
          void saved.set(key, JSON.parse(JSON.stringify(value)));
        return {
          get: (key) => map.get(key),
          entries: () => map.entries(),
          put,
          putAll: async (all) => {
            for (const [key, value] of all) await put(key, value);
          },
          delete: async (key) => void saved.delete(key),
        };
      },
    };
    const first = await open({ state });
    const metadata = [{ name: 'up', type: 'gauge', help: 'Whether.', unit: '' }] as const;
    await first.store.append({ ...batch([UP], [[0, NOW_MS, 1]]), metadata }, { acknowledge: 'queued' });
    await first.store.stop(signal);
    const second = await open({ state });
    expect(second.store.metadata('up')).toEqual(new Map([['up', [...metadata]]]));
    expect(second.store.metadata('absent').size).toBe(0);
  });
});
