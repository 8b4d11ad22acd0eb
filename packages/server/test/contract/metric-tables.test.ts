import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { name, sql } from '../../src/clickhouse/index.ts';
import { seriesIdCandidate } from '../../src/metrics/store/series-id.ts';
import type { RefColumns } from '../../src/metrics/store/sample-records.ts';
import type { SampleRange, StoredSeries } from '../../src/metrics/store/table-rows.ts';
import { TableRetention } from '../../src/metrics/store/table-retention.ts';
import { TableStore } from '../../src/metrics/store/table-store.ts';
import { Labels } from '../../src/model/labels.ts';
import { writeStale } from '../../src/model/stale.ts';
import { type TemporaryDatabase, rowsOf, temporaryDatabase } from './temporary-database.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 5, 15, 12);
const YEARS_MS = 3650 * DAY_MS;

describe('metric tables', () => {
  let under: TemporaryDatabase;
  const known = new Map<number, Labels>();
  /** Refs are places in this list. */
  const ids: number[] = [];
  let asked: number[] = [];
  let logPath = '';

  beforeAll(async () => {
    under = await temporaryDatabase();
  });
  afterAll(() => under.remove());
  beforeEach(async () => {
    known.clear();
    ids.length = 0;
    ids.push(0);
    logPath = await mkdtemp(join(tmpdir(), 'vedette-log-'));
    for (const table of ['samples', 'chunks', 'series', 'schema_versions'])
      await under.database.exec(sql`DROP TABLE IF EXISTS ${name(table)} SYNC`);
  });
  afterEach(() => rm(logPath, { recursive: true }));

  function seriesOf(index: number, metric = 'm'): number {
    const labels = Labels.fromObject({ __name__: metric, instance: `host ${index}:9100`, zone: 'Nord „Ost“' });
    const id = seriesIdCandidate(labels, 0);
    known.set(id, labels);
    return id;
  }
  async function opened(): Promise<TableStore> {
    asked = [];
    const labelsOf = (id: number): Labels => {
      const labels = known.get(id);
      if (!labels) throw new Error(`no labels of ${id}`);
      return labels;
    };
    const series = {
      id: (ref: number): number => ids[ref] ?? 0,
      labels: (ref: number): Labels => {
        asked.push(ids[ref] ?? 0);
        return labelsOf(ids[ref] ?? 0);
      },
    };
    const deps = { database: under.database, clock: new SystemClock(), logger: silentLogger, series, labelsOf };
    const tables = new TableStore(deps, { retentionMs: YEARS_MS, diskHeadroomBytes: 0, logPath });
    await tables.start();
    return tables;
  }
  const stop = (tables: TableStore): Promise<void> => tables.stop(AbortSignal.timeout(5_000));
  function refOf(id: number): number {
    const known = ids.indexOf(id);
    return known >= 0 ? known : ids.push(id) - 1;
  }
  function samplesOf(rows: readonly (readonly [id: number, timestampMs: number, value: number])[]): RefColumns {
    return {
      length: rows.length,
      ref: Uint32Array.from(rows, (row) => refOf(row[0])),
      timestampMs: Float64Array.from(rows, (row) => row[1]),
      value: Float64Array.from(rows, (row) => row[2]),
    };
  }
  async function read(tables: TableStore, range: SampleRange): Promise<number[][]> {
    const rows: number[][] = [];
    await tables.flush();
    for await (const block of tables.readSamples(range)) {
      for (let i = 0; i < block.length; i++)
        rows.push([block.id[i] ?? 0, block.timestampMs[i] ?? 0, block.value[i] ?? 0]);
    }
    return rows;
  }
  async function load(tables: TableStore): Promise<StoredSeries[]> {
    const all: StoredSeries[] = [];
    for await (const block of tables.loadSeries()) all.push(...block);
    return all.sort((a, b) => a.id - b.id);
  }
  const byIdAndTime = (a: readonly number[], b: readonly number[]): number =>
    (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);

  it('give back what was appended, by id and time, both ends of the range included', async () => {
    const tables = await opened();
    const [a, b, c] = [seriesOf(1), seriesOf(2), seriesOf(3, 'other')];
    const rows = [a, b, c].flatMap((id) => [0, 1, 2, 3].map((i) => [id, NOON + i * 1_000, (id % 97) + i / 8] as const));
    await tables.append(samplesOf(rows.toReversed()));
    expect(await read(tables, { ids: [c, a, a], startMs: NOON + 1_000, endMs: NOON + 2_000 })).toEqual(
      rows
        .filter(([id, t]) => id !== b && t >= NOON + 1_000 && t <= NOON + 2_000)
        .map((row) => [...row])
        .sort(byIdAndTime),
    );
    expect(await read(tables, { ids: [], startMs: 0, endMs: NOON * 2 })).toEqual([]);
    expect(await read(tables, { ids: [a], startMs: NOON + 5_000, endMs: NOON * 2 })).toEqual([]);
    await stop(tables);
  });

  it('keep the bits of the stale marker', async () => {
    const tables = await opened();
    const samples = samplesOf([
      [seriesOf(1), NOON, 1],
      [seriesOf(1), NOON + 1, NaN],
      [seriesOf(1), NOON + 2, 0],
    ]);
    writeStale(samples.value, 2);
    await tables.append(samples);
    await tables.flush();
    for await (const block of tables.readSamples({ ids: [seriesOf(1)], startMs: NOON, endMs: NOON + 9 })) {
      expect(new BigUint64Array(block.value.slice(2, 3).buffer)).toEqual(BigUint64Array.of(0x7ff0000000000002n));
      expect(block.value[1]).toBeNaN();
    }
    await stop(tables);
  });

  it('give one sample per time: the one that was written last, merged or not', async () => {
    const tables = await opened();
    const ids = [seriesOf(1), seriesOf(2), seriesOf(3)];
    for (let round = 0; round < 12; round++) {
      await tables.append(
        samplesOf(ids.flatMap((id) => [0, 1, 2].map((i) => [id, NOON + i, round * 10 + i] as const))),
      );
      if (round % 3 === 2) await tables.flush();
    }
    const expected = ids.flatMap((id) => [0, 1, 2].map((i) => [id, NOON + i, 110 + i])).sort(byIdAndTime);
    const range = { ids, startMs: NOON, endMs: NOON + 5 };
    expect(await read(tables, range)).toEqual(expected);
    await under.database.exec(sql`OPTIMIZE TABLE chunks FINAL`);
    expect(await read(tables, range)).toEqual(expected);
    await stop(tables);
  });

  it('keep order and uniqueness over many ids, blocks and days', async () => {
    const tables = await opened();
    const ids = Array.from({ length: 2_500 }, (_, i) => seriesOf(i, `metric ${i % 7}`));
    const times = Array.from({ length: 40 }, (_, i) => NOON + i * (DAY_MS / 20));
    await Promise.all(times.map((time) => tables.append(samplesOf(ids.map((id) => [id, time, 1] as const)))));
    await tables.append(samplesOf(ids.map((id) => [id, times[5] ?? 0, 2] as const)));
    const rows = await read(tables, { ids, startMs: 0, endMs: NOON * 2 });
    expect(rows).toHaveLength(ids.length * times.length);
    expect(rows).toEqual(rows.toSorted(byIdAndTime));
    expect(rows.filter((row) => row[2] === 2)).toHaveLength(ids.length);
    await stop(tables);
  });

  it('refuse to read more samples than asked for', async () => {
    const tables = await opened();
    const id = seriesOf(1);
    await tables.append(samplesOf(Array.from({ length: 100 }, (_, i) => [id, NOON + i, i] as const)));
    const range = { ids: [id], startMs: 0, endMs: NOON * 2 };
    expect(await read(tables, { ...range, samplesMax: 100 })).toHaveLength(100);
    await expect(read(tables, { ...range, samplesMax: 99 })).rejects.toMatchObject({ code: 'QUERY_TOO_LARGE' });
    await stop(tables);
  });

  it('store labels once a day, and load each series with its first and last day', async () => {
    let tables = await opened();
    const [a, b] = [seriesOf(1), seriesOf(2)];
    const day = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    await tables.append(
      samplesOf([
        [a, day, 1],
        [b, day, 1],
        [a, day + 5, 2],
      ]),
    );
    await tables.append(
      samplesOf([
        [a, day + 10, 1],
        [a, day - DAY_MS, 2],
        [a, day - 3 * DAY_MS, 2],
      ]),
    );
    // Once a series: the days before the newest one are already known to be in the log with it.
    expect(asked.toSorted((x, y) => x - y)).toEqual([a, b].sort((x, y) => x - y));
    await stop(tables);
    await under.restart();

    tables = await opened();
    const expected = [
      { id: a, labels: known.get(a), firstDayMs: day - 3 * DAY_MS, lastDayMs: day },
      { id: b, labels: known.get(b), firstDayMs: day, lastDayMs: day },
    ].sort((x, y) => x.id - y.id);
    const loaded = await load(tables);
    expect(loaded.map((series) => ({ ...series, labels: series.labels.pairs }))).toEqual(
      expected.map((series) => ({ ...series, labels: series.labels?.pairs })),
    );
    tables.knownSeries(refOf(a), day);
    await tables.append(samplesOf([[a, day + 20, 1]]));
    expect(asked).toEqual([]);
    await stop(tables);
  });

  it('never store a sample whose labels are unknown, and mark nothing when they are', async () => {
    const tables = await opened();
    const good = seriesOf(1);
    await expect(
      tables.append(
        samplesOf([
          [good, NOON, 1],
          [12345, NOON, 1],
        ]),
      ),
    ).rejects.toThrow('no labels of 12345');
    await tables.append(samplesOf([[good, NOON, 2]]));
    await tables.flush();
    expect((await load(tables)).map((series) => series.id)).toEqual([good]);
    expect(
      await rowsOf(
        under.database,
        sql`SELECT toUInt32(count()) AS c FROM chunks WHERE id NOT IN (SELECT id FROM series)`,
      ),
    ).toEqual([[0]]);
    await stop(tables);
  });

  it('read rows of earlier versions together with chunks, whose values count', async () => {
    await stop(await opened());
    const [a, b, c] = [seriesOf(1), seriesOf(2), seriesOf(3)];
    await under.database.insert('samples', {
      rows: 4,
      columns: [
        { name: 'id', type: 'UInt64', data: Float64Array.of(a, a, b, a) },
        { name: 'ts', type: 'DateTime64(3)', data: Float64Array.of(NOON, NOON + 1, NOON, NOON + 2) },
        { name: 'v', type: 'Float64', data: Float64Array.of(1, 2, 3, 4) },
      ],
    });
    const tables = await opened();
    await tables.append(
      samplesOf([
        [a, NOON + 1, 20],
        [a, NOON + 3, 30],
        [c, NOON, 40],
      ]),
    );
    const expected = [
      [a, NOON, 1],
      [a, NOON + 1, 20],
      [a, NOON + 2, 4],
      [a, NOON + 3, 30],
      [b, NOON, 3],
      [c, NOON, 40],
    ].sort(byIdAndTime);
    expect(await read(tables, { ids: [a, b, c], startMs: NOON, endMs: NOON + 9 })).toEqual(expected);
    const later = { ids: [a, b, c], startMs: NOON + 2 * DAY_MS, endMs: NOON + 3 * DAY_MS };
    expect(await read(tables, later)).toEqual([]);
    await stop(tables);
  });

  it('keep samples in the log while they cannot be moved, and move them when that works again', async () => {
    const tables = await opened();
    const id = seriesOf(1);
    const range = { ids: [id], startMs: NOON, endMs: NOON + 9 };
    await under.database.exec(sql`RENAME TABLE chunks TO chunks_away`);
    await tables.append(samplesOf([[id, NOON, 1]]));
    await expect(tables.flush()).rejects.toThrow();
    expect(tables.lastError).toContain('chunks');
    expect(tables.unflushedSamples).toBe(1);
    await tables.append(samplesOf([[id, NOON + 1, 2]]));
    await under.database.exec(sql`RENAME TABLE chunks_away TO chunks`);
    expect(await read(tables, range)).toEqual([
      [id, NOON, 1],
      [id, NOON + 1, 2],
    ]);
    expect(tables.lastError).toBeUndefined();
    expect(tables.unflushedSamples).toBe(0);
    await stop(tables);
  });

  it('give what a killed process left in the log, in order, and leave out only what a damaged name made nameless', async () => {
    const [a, b] = [seriesOf(1), seriesOf(2)];
    const first = await opened();
    await first.append(samplesOf([[a, NOON, 1]]));
    await first.append(
      samplesOf([
        [b, NOON, 2],
        [a, NOON + 1, 3],
      ]),
    );
    await first.stop(AbortSignal.abort());
    const file = join(logPath, (await readdir(logPath)).at(-1) ?? '');
    const bytes = await readFile(file);
    // Inside the labels of the second series, which are in a record of their own.
    const at = bytes.indexOf('host 2:9100');
    bytes[at] = 0;
    await writeFile(file, bytes);

    const second = await opened();
    const replayed: number[][] = [];
    await second.replay({
      series: (id) => refOf(id),
      samples: ({ length, ref, timestampMs, value }) => {
        for (let row = 0; row < length; row++)
          replayed.push([ids[ref[row] ?? 0] ?? 0, timestampMs[row] ?? 0, value[row] ?? 0]);
      },
    });
    expect(replayed).toEqual([
      [a, NOON, 1],
      [a, NOON + 1, 3],
    ]);
    expect(await read(second, { ids: [a, b], startMs: NOON, endMs: NOON + 9 })).toEqual(replayed);
    await stop(second);
  });

  it('make queued samples durable when they stop', async () => {
    const tables = await opened();
    await tables.append(samplesOf([[seriesOf(1), NOON, 1]]), { acknowledge: 'queued' });
    expect(tables.queuedSamples).toBe(1);
    await stop(tables);
    expect(await rowsOf(under.database, sql`SELECT toUInt32(count()) AS c FROM chunks`)).toEqual([[1]]);
  });

  describe('retention', () => {
    const told: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      info: (_, message) => void told.push(message),
      error: (_, message) => void told.push(message),
    };

    async function daysAfter(
      options: { retentionMs: number; diskHeadroomBytes: number },
      daysBack: readonly number[],
    ): Promise<string[]> {
      const tables = await opened();
      const clock = new VirtualClock(NOON);
      await tables.append(samplesOf(daysBack.map((back) => [seriesOf(1), NOON - back * DAY_MS, 1] as const)));
      await tables.flush();
      told.length = 0;
      const dropped: number[] = [];
      const retention = new TableRetention(
        { database: under.database, clock, logger, onDrop: (day) => void dropped.push(day) },
        options,
      );
      await retention.enforce();
      const partitions = sql`SELECT DISTINCT table, partition FROM system.parts WHERE active AND table IN ('chunks', 'series') ORDER BY table, partition`;
      const rows = await rowsOf(under.database, partitions);
      const days = (table: string): string[] => rows.filter((row) => row[0] === table).map((row) => String(row[1]));
      expect(days('series')).toEqual(days('chunks'));
      expect(dropped).toHaveLength(daysBack.length - days('chunks').length);
      await stop(tables);
      return days('chunks');
    }

    it('drops the days that are wholly older than it, and says so', async () => {
      const left = await daysAfter({ retentionMs: 2 * DAY_MS, diskHeadroomBytes: 0 }, [0, 1, 2, 3, 4]);
      expect(left).toEqual(['2026-06-13', '2026-06-14', '2026-06-15']);
      expect(told).toEqual(['dropped a day of metric data', 'dropped a day of metric data']);
    });

    it('drops the oldest days early when the disk runs short, but never today, and says that nothing is left', async () => {
      const left = await daysAfter({ retentionMs: YEARS_MS, diskHeadroomBytes: 2 ** 60 }, [0, 1, 2]);
      expect(left).toEqual(['2026-06-15']);
      expect(told.at(-1)).toContain('no older metric data is left');
    });

    it('leaves everything while there is room', async () => {
      expect(await daysAfter({ retentionMs: YEARS_MS, diskHeadroomBytes: 1 }, [0, 30])).toHaveLength(2);
      expect(told).toEqual([]);
    });
  });
});
