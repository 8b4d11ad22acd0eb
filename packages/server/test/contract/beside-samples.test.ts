import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeHistogram } from '@vedette/wire/histogram';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/config-schema.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase, type Database, ServerDatabase, sql } from '../../src/clickhouse/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import type { SelectRequest } from '../../src/model/ports.ts';
import { type Exemplar, type SampleBatch, SampleBuffer } from '../../src/model/sample.ts';
import { isStale, writeStale } from '../../src/model/stale.ts';
import { ClickHouseHttpServer } from './clickhouse-http-server.ts';
import { TableRetention } from '../../src/metrics/store/table-retention.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { rowsOf } from './temporary-database.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const USER = { username: 'vedette', password: 'geheim' };
const signal = new AbortController().signal;
const clock = new SystemClock();

function histogram(count: number, counterResetHint: NativeHistogram['counterResetHint'] = 'unknown'): NativeHistogram {
  return {
    schema: 3,
    counterResetHint,
    zeroThreshold: 2 ** -128,
    zeroCount: 0,
    count,
    sum: count / 4,
    positiveSpans: [
      { offset: -3, length: 1 },
      { offset: 2, length: 1 },
    ],
    positiveBuckets: Float64Array.of(count - 1, 1),
    negativeSpans: [],
    negativeBuckets: new Float64Array(),
    customValues: new Float64Array(),
  };
}

interface Rows {
  readonly floats?: readonly (readonly [atMs: number, value: number, startMs?: number])[];
  readonly histograms?: readonly (readonly [atMs: number, value: NativeHistogram, startMs?: number])[];
  readonly exemplars?: readonly Omit<Exemplar, 'seriesIndex'>[];
}

function batch(series: Labels, { floats = [], histograms = [], exemplars }: Rows): SampleBatch {
  const hasStarts = [...floats, ...histograms].some(([, , start]) => start !== undefined);
  return {
    series: [series],
    seriesIndex: new Uint32Array(floats.length),
    timestampMs: Float64Array.from(floats, ([at]) => at),
    value: Float64Array.from(floats, ([, value]) => value),
    ...(hasStarts ? { startTimestampMs: Float64Array.from(floats, ([, , start]) => start ?? 0) } : {}),
    ...(histograms.length === 0
      ? {}
      : {
          histograms: {
            seriesIndex: new Uint32Array(histograms.length),
            timestampMs: Float64Array.from(histograms, ([at]) => at),
            value: histograms.map(([, value]) => value),
            ...(hasStarts ? { startTimestampMs: Float64Array.from(histograms, ([, , start]) => start ?? 0) } : {}),
          },
        }),
    ...(exemplars === undefined ? {} : { exemplars: exemplars.map((one) => ({ ...one, seriesIndex: 0 })) }),
  };
}

interface Under {
  readonly database: Database;
  readonly close: () => Promise<void>;
}

const DRIVERS: readonly (readonly [string, (folder: string) => Promise<Under>])[] = [
  [
    'an embedded database',
    async (folder) => {
      const database = new ChdbDatabase({ clock, logger: silentLogger }, { path: join(folder, 'data') });
      await database.start();
      return { database, close: () => database.stop(AbortSignal.timeout(10_000)) };
    },
  ],
  [
    'a server over HTTP',
    async () => {
      const server = new ClickHouseHttpServer(USER);
      await server.start();
      const database = new ServerDatabase(
        { clock, logger: silentLogger },
        { url: server.url, database: 'vedette', username: USER.username, password: new Secret(USER.password) },
      );
      await database.start();
      return {
        database,
        close: async () => {
          await database.stop();
          await server.remove();
        },
      };
    },
  ],
];

describe.each(DRIVERS)('what is stored beside float samples, on %s', (_name, open) => {
  let folder = '';
  let under: Under;
  let store: OpenedMetricStore;
  let name = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vedette-beside-'));
    under = await open(folder);
    store = await opened();
  });
  afterAll(async () => {
    await store.stop(AbortSignal.timeout(10_000));
    await under.close();
    await rm(folder, { recursive: true, force: true });
  });

  let registry = new Registry();
  async function opened(sizeBytes = 8_000_000): Promise<OpenedMetricStore> {
    registry = new Registry();
    const made = openMetricStore(
      { database: under.database, clock, logger: silentLogger, registry },
      {
        hotWindow: { size: sizeBytes, age: 120 * MINUTE_MS },
        seriesMax: 10_000,
        retentionMs: 15 * DAY_MS,
        diskHeadroomBytes: 0,
        logPath: join(folder, 'wal'),
      },
    );
    await made.start();
    return made;
  }
  async function restart(sizeBytes?: number): Promise<void> {
    await store.stop(AbortSignal.timeout(10_000));
    store = await opened(sizeBytes);
  }
  /** Memory alone, log and memory, tables and memory, tables alone: the answer must be the same. */
  async function everywhere(check: () => Promise<void>): Promise<void> {
    await check();
    await store.flush();
    await check();
    await restart();
    await check();
  }
  function newSeries(): Labels {
    return Labels.fromObject({ __name__: `beside_${++name}`, site: 'Nord' });
  }
  async function read(
    series: Labels,
    options: Partial<SelectRequest> = {},
  ): Promise<{ at: number; value: number | NativeHistogram; start: number }[]> {
    const matchers = [createMatcher('__name__', '=', series.metricName)];
    const set = await store.select({ matchers, startMs: 0, endMs: clock.now() + 5 * MINUTE_MS, ...options }, signal);
    const rows: { at: number; value: number | NativeHistogram; start: number }[] = [];
    const buffer = new SampleBuffer(1);
    for (const index of set.labels.keys()) {
      set.read(index, buffer);
      for (let i = 0; i < buffer.length; i++)
        rows.push({
          at: buffer.timestampMs[i] as number,
          value: buffer.histogram?.[i] ?? (buffer.value[i] as number),
          start: buffer.startTimestampMs?.[i] ?? 0,
        });
    }
    return rows;
  }

  it('histograms come back by time among the floats of their series, from memory, log and table', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    const stale = batch(series, { floats: [[now + 40, 0]] });
    writeStale(stale.value, 0);
    const answer = await store.append(
      batch(series, {
        floats: [
          [now, 1],
          [now + 20, 2],
        ],
        histograms: [
          [now + 10, histogram(5)],
          [now + 30, histogram(7)],
        ],
      }),
    );
    expect(answer).toMatchObject({ accepted: 4, acceptedHistograms: 2, rejectedCount: 0 });
    await store.append(stale);
    await everywhere(async () => {
      const rows = await read(series);
      expect(rows.slice(0, 4).map(({ at, value }) => [at - now, value])).toEqual([
        [0, 1],
        [10, histogram(5)],
        [20, 2],
        [30, histogram(7, 'not_reset')],
      ]);
      expect(rows[4]?.at).toBe(now + 40);
      expect(isStale(rows[4]?.value as number)).toBe(true);
    });
  });

  it('late histograms, days late ones and repeated ones are taken; the last one for a time counts', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    const days = now - 3 * DAY_MS;
    for (const [at, count] of [
      [now, 10],
      [now - 5 * MINUTE_MS, 4],
      [days, 2],
      [now, 11],
    ] as const)
      await store.append(batch(series, { histograms: [[at, histogram(count)]] }));
    await everywhere(async () => {
      expect((await read(series)).map(({ at, value }) => [at, (value as NativeHistogram).count])).toEqual([
        [days, 2],
        [now - 5 * MINUTE_MS, 4],
        [now, 11],
      ]);
      expect(await read(series, { startMs: days, endMs: days })).toHaveLength(1);
      expect(await read(series, { startMs: days + 1, endMs: now - 6 * MINUTE_MS })).toEqual([]);
    });
    // Late ones again, for a time that only the table knows.
    await store.append(batch(series, { histograms: [[days + 10, histogram(3)]] }));
    await everywhere(async () => {
      expect((await read(series)).map(({ at }) => at)).toEqual([days, days + 10, now - 5 * MINUTE_MS, now]);
    });
  });

  it('a late histogram takes the hint of the one behind it away, also after a restart', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    for (const [at, count] of [
      [now, 5],
      [now + 20, 9],
      [now + 10, 2],
      [now + 30, 10],
    ] as const)
      await store.append(batch(series, { histograms: [[at, histogram(count)]] }));
    await everywhere(async () => {
      const hints = (await read(series)).map(({ value }) => (value as NativeHistogram).counterResetHint);
      expect(hints).toEqual(['unknown', 'unknown', 'unknown', 'not_reset']);
    });
  });

  it('refuses broken histograms row by row, counted on after the floats', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    const answer = await store.append(
      batch(series, {
        floats: [
          [now, 1],
          [now + 10, 1],
        ],
        histograms: [
          [now + 20, histogram(5)],
          [now + 30, { ...histogram(5), count: 99 }],
          [now + 3_600_000, histogram(5)],
        ],
      }),
    );
    expect(answer).toMatchObject({
      accepted: 3,
      acceptedHistograms: 1,
      rejectedCount: 2,
      rejected: [
        { row: 3, reason: 'invalid-histogram' },
        { row: 4, reason: 'too-far-in-future' },
      ],
    });
  });

  it('a series of histograms alone is in the label index, and only where it has samples', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    await store.append(batch(series, { histograms: [[now, histogram(5)]] }));
    await everywhere(async () => {
      const matcherSets = [[createMatcher('__name__', '=', series.metricName)]];
      const within = { matcherSets, startMs: now - 10, endMs: now + 10 };
      expect((await store.series(within, signal)).map((labels) => labels.key)).toEqual([series.key]);
      expect(await store.labelValues('site', within, signal)).toEqual(['Nord']);
      const before = { matcherSets, startMs: now - 5 * DAY_MS, endMs: now - 4 * DAY_MS };
      expect(await store.series(before, signal)).toEqual([]);
    });
  });

  it('refuses to read more histograms than asked for', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    const rows = Array.from({ length: 100 }, (_, i) => [now + i, histogram(i + 1)] as const);
    await store.append(batch(series, { histograms: rows }));
    await everywhere(async () => {
      await expect(read(series, { samplesMax: 60 })).rejects.toMatchObject({ code: 'QUERY_TOO_LARGE' });
      expect(await read(series, { samplesMax: 10_000 })).toHaveLength(100);
    });
  });

  it('start times come back as they were written, for floats and histograms, when asked for', async () => {
    const series = newSeries();
    const now = Math.floor(clock.now() / 1_000) * 1_000 - 10 * MINUTE_MS;
    const yesterday = now - DAY_MS;
    const rows: readonly (readonly [number, number])[] = [
      [yesterday, 77],
      [yesterday + 10, 77],
      [now, 77],
      [now + 10, 77],
      [now + 20, now + 15],
      [now + 40, now + 15],
      [now + 5, 33],
      [now + 50, 0],
      [now - 2 * DAY_MS, 44],
    ];
    for (const [at, start] of rows) await store.append(batch(series, { floats: [[at, 1, start]] }));
    await store.append(batch(series, { histograms: [[now + 30, histogram(4), now + 25]] }));
    await everywhere(async () => {
      const found = await read(series, { startTimestamps: true });
      expect(found.map(({ at, start }) => [at - now, start])).toEqual(
        [...rows, [now + 30, now + 25] as const].toSorted(([a], [b]) => a - b).map(([at, start]) => [at - now, start]),
      );
      expect((await read(series)).every(({ start }) => start === 0)).toBe(true);
    });
    await store.append(batch(series, { floats: [[now + 60, 2, now + 25]] }));
    await everywhere(async () => {
      const last = await read(series, { startTimestamps: true, startMs: now + 50 });
      expect(last.map(({ start }) => start)).toEqual([0, now + 25]);
    });
  });

  it('exemplars are found by matcher and range, and after a restart; repeated ones once, late ones in their place', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    const one = (at: number, trace: string): Omit<Exemplar, 'seriesIndex'> => ({
      labels: Labels.fromObject({ trace_id: trace }),
      timestampMs: at,
      value: 0.25,
    });
    const answer = await store.append(
      batch(series, {
        floats: [[now, 1]],
        exemplars: [one(now, 'a'), one(now, 'a'), one(now + 10, 'b'), one(now + 5, 'c')],
      }),
    );
    expect(answer).toMatchObject({ accepted: 1, acceptedExemplars: 4 });
    await everywhere(async () => {
      const request = {
        matcherSets: [[createMatcher('__name__', '=', series.metricName)]],
        startMs: 0,
        endMs: now + 99,
      };
      const found = await store.exemplars(request, signal);
      expect(found.map(({ series: labels }) => labels.key)).toEqual([series.key]);
      expect(
        found[0]?.exemplars.map(({ timestampMs, value, labels }) => [timestampMs, value, labels.get('trace_id')]),
      ).toEqual([
        [now, 0.25, 'a'],
        [now + 5, 0.25, 'c'],
        [now + 10, 0.25, 'b'],
      ]);
      expect(await store.exemplars({ ...request, startMs: now + 11 }, signal)).toEqual([]);
      const others = [[createMatcher('__name__', '=', 'nobody')]];
      expect(await store.exemplars({ ...request, matcherSets: others }, signal)).toEqual([]);
    });
  });

  describe('deletion', () => {
    const everything = { startMs: -Infinity, endMs: Infinity };
    async function erase(series: Labels, range = everything): Promise<number> {
      const matcherSets = [[createMatcher('__name__', '=', series.metricName)]];
      return store.deleteSeries({ matcherSets, ...range }, signal);
    }
    /** Floats and histograms by turns, a second apart, `parts` times brought into the tables on the way. */
    async function filled(series: Labels, now: number, parts: number): Promise<void> {
      for (let i = 0; i < 40; i++) {
        const at = now + i * 1_000;
        await store.append(
          batch(series, i % 2 === 0 ? { floats: [[at, i]] } : { histograms: [[at, histogram(i + 1)]] }),
        );
        if (parts > 0 && i % Math.ceil(40 / parts) === 0) await store.flush();
      }
    }
    async function places(series: Labels, now: number): Promise<number[]> {
      return (await read(series)).map(({ at }) => (at - now) / 1_000);
    }
    const left = (from: number, to: number): number[] =>
      Array.from({ length: 40 }, (_, i) => i).filter((i) => i < from || i > to);

    it.each([0, 1, 3])('hides a range at once, everywhere, and for good (with %i flushes before)', async (parts) => {
      const series = newSeries();
      const other = newSeries();
      const now = Math.floor(clock.now() / 1_000) * 1_000 - 2 * MINUTE_MS;
      await filled(series, now, parts);
      await filled(other, now, parts);
      expect(await erase(series, { startMs: now + 10_000, endMs: now + 25_000 })).toBe(1);
      await everywhere(async () => {
        expect(await places(series, now)).toEqual(left(10, 25));
        expect(await places(other, now)).toEqual(left(41, 41));
      });
      await store.cleanTombstones();
      await everywhere(async () => expect(await places(series, now)).toEqual(left(10, 25)));
      // From the table alone: nothing of it is in memory any more.
      const rows = await rowsOf(under.database, sql`SELECT toUInt32(count()) AS c FROM deletions`);
      expect(rows).toEqual([[0]]);
      expect(await places(other, now)).toEqual(left(41, 41));
    });

    it('what is written into the range afterwards is there, before and after the removal', async () => {
      const series = newSeries();
      const now = Math.floor(clock.now() / 1_000) * 1_000 - 2 * MINUTE_MS;
      await filled(series, now, 2);
      await erase(series, { startMs: now, endMs: now + 30_000 });
      await store.append(batch(series, { floats: [[now + 5_000, 1]], histograms: [[now + 6_000, histogram(3)]] }));
      const expected = [5, 6, ...left(0, 30)];
      await everywhere(async () => expect(await places(series, now)).toEqual(expected));
      await store.cleanTombstones();
      await everywhere(async () => expect(await places(series, now)).toEqual(expected));
    });

    it('a series without any sample left is in no list of labels, until it gets new ones', async () => {
      const series = newSeries();
      const now = Math.floor(clock.now() / 1_000) * 1_000 - 2 * MINUTE_MS;
      await filled(series, now, 1);
      await erase(series);
      const request = { matcherSets: [[createMatcher('__name__', '=', series.metricName)]], ...everything };
      expect(await store.series(request, signal)).toEqual([]);
      expect(await read(series)).toEqual([]);
      await store.append(batch(series, { floats: [[now + 90_000, 1]] }));
      expect(await store.series(request, signal)).toHaveLength(1);
      await everywhere(async () => expect(await places(series, now)).toEqual([90]));
    });

    it('exemplars go, start times of what is left stay', async () => {
      const series = newSeries();
      const now = Math.floor(clock.now() / 1_000) * 1_000 - 2 * MINUTE_MS;
      const exemplars = [0, 10].map((i) => ({
        labels: Labels.fromObject({ trace_id: `t${i}` }),
        timestampMs: now + i * 1_000,
        value: 1,
      }));
      for (const exemplar of exemplars)
        await store.append(batch(series, { floats: [[exemplar.timestampMs, 1, 77]], exemplars: [exemplar] }));
      await erase(series, { startMs: now, endMs: now + 5_000 });
      await everywhere(async () => {
        const matcherSets = [[createMatcher('__name__', '=', series.metricName)]];
        const found = await store.exemplars({ matcherSets, startMs: 0, endMs: now + MINUTE_MS }, signal);
        expect(found.flatMap((one) => one.exemplars.map(({ timestampMs }) => timestampMs))).toEqual([now + 10_000]);
        expect(await read(series, { startTimestamps: true })).toEqual([{ at: now + 10_000, value: 1, start: 77 }]);
      });
    });

    it('touches nothing where nothing matches', async () => {
      expect(await erase(Labels.fromObject({ __name__: 'nobody' }))).toBe(0);
    });
  });

  it('memory of histograms stays small: the log is moved early, what leaves memory is read from the table', async () => {
    await restart(200_000);
    const series = newSeries();
    const now = clock.now() - 10 * MINUTE_MS;
    for (let from = 0; from < 4_000; from += 500) {
      const rows = Array.from({ length: 500 }, (_, i) => [now + from + i, histogram(from + i + 1)] as const);
      await store.append(batch(series, { histograms: rows }));
      await store.flush();
    }
    await store.append(batch(series, { histograms: [[now + 4_000, histogram(4_001)]] }));
    const text = await registry.getSingleMetricAsString('vedette_histogram_window_bytes');
    expect(Number(/^vedette_histogram_window_bytes (\d+)/m.exec(text)?.[1])).toBeLessThanOrEqual(50_000);
    const rows = await read(series);
    expect(rows.map(({ value }) => (value as NativeHistogram).count)).toEqual(
      Array.from({ length: 4_001 }, (_, i) => i + 1),
    );
    // The last chunk to leave, and the first to stay: the hints say the same as if all of it were in one place.
    expect(new Set(rows.slice(1).map(({ value }) => (value as NativeHistogram).counterResetHint))).toEqual(
      new Set(['not_reset']),
    );
    await restart();
  });

  it('histograms that cannot leave memory are refused in the end, by the name of the limit', async () => {
    await restart(4_000);
    const series = newSeries();
    const now = clock.now() - 10 * MINUTE_MS;
    const refusals: unknown[] = [];
    for (let from = 0; from < 20_000 && refusals.length === 0; from += 200) {
      const rows = Array.from({ length: 200 }, (_, i) => [now + from + i, histogram((from + i) ** 2 + 1)] as const);
      // Queued, so that no turn is left for the tables.
      await store
        .append(batch(series, { histograms: rows }), { acknowledge: 'queued' })
        .catch((error: unknown) => refusals.push(error));
    }
    expect(refusals[0]).toMatchObject({
      code: 'INGEST_OVERLOADED',
      message: expect.stringContaining('native histograms'),
    });
    await restart();
    expect((await read(series)).length).toBeGreaterThanOrEqual(200);
  });

  // The last one: it leaves nothing behind.
  it('all of it is dropped day by day together with the float samples', async () => {
    const series = newSeries();
    const now = clock.now() - MINUTE_MS;
    const labels = Labels.fromObject({ trace_id: 'x' });
    await store.append(
      batch(series, {
        floats: [[now - 5 * DAY_MS, 1, 77]],
        histograms: [[now - 5 * DAY_MS + 1, histogram(3), 78]],
        exemplars: [{ labels, timestampMs: now - 5 * DAY_MS, value: 1 }],
      }),
    );
    await store.flush();
    const dropped: number[] = [];
    const retention = new TableRetention(
      {
        database: under.database,
        clock: new VirtualClock(now),
        logger: silentLogger,
        onDrop: (day) => void dropped.push(day),
      },
      { retentionMs: 4 * DAY_MS, diskHeadroomBytes: 0 },
    );
    await retention.enforce();
    const days = sql`SELECT DISTINCT table FROM system.parts WHERE active AND database = currentDatabase()
      AND partition = toString(toDate(fromUnixTimestamp64Milli(${now - 5 * DAY_MS}, 'UTC')))`;
    expect(await rowsOf(under.database, days)).toEqual([]);
    expect(dropped).toContain(Math.floor((now - 5 * DAY_MS) / DAY_MS));
  });
});
