import type { Clock } from '../../../base/clock.ts';
import type { Component } from '../../../base/component.ts';
import { randomId } from '../../../base/random.ts';
import {
  type ByteLists,
  type Columns,
  type Database,
  type Sql,
  fragment,
  migrate,
  name,
  numberList,
  numbersFromUint64,
  sql,
} from '../../../clickhouse/index.ts';
import type { Labels } from '../../../model/labels.ts';
import { readSeriesRecord } from '../sample-records.ts';
import { SERIES_TABLE } from '../schema.ts';
import { DAY_MS } from '../table-rows.ts';
import { type Erased, type Tombstones, isErased } from '../tombstones.ts';
import { RecordKind, type WalRecord } from '../wal/index.ts';
import { type BesideRange, type BesideRow, type SeriesKind, kindOfRecord, readRecord } from './beside-rows.ts';
import { ByteCursor } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import { BESIDE_MIGRATIONS, type BesideKind, SERIES_KINDS_TABLE } from './schema.ts';

/** Bytes and rows of one insert, about. */
const INSERT_BYTES = 16 * 1024 * 1024;
const INSERT_ROWS = 100_000;
/** Text of a statement stays far below the engine's limit. */
const IDS_PER_STATEMENT = 1_000;

export interface BesideTableDeps {
  /** Started before, stopped after. */
  readonly database: Database;
  readonly clock: Clock;
  readonly labelsOf: (id: number) => Labels | undefined;
  /** What is deleted and still in the tables. */
  readonly tombstones?: Tombstones;
}

/** Tables of native histograms, start times and exemplars; their rows come from the write-ahead log. */
export class BesideTable implements Component {
  readonly name = 'tables beside samples';
  readonly #deps: BesideTableDeps;
  /** Of this process: segment numbers begin anew when somebody removes the log. */
  readonly #tokenPrefix = randomId();

  constructor(deps: BesideTableDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    await migrate(this.#deps.database, this.#deps.clock, BESIDE_MIGRATIONS);
  }

  async stop(): Promise<void> {
    // Nothing is kept here.
  }

  /** Moves what the log holds into the tables; the same records give the same inserts, however often it is tried. */
  async flush(records: () => AsyncIterable<WalRecord>, seq: number): Promise<void> {
    const gathered = new Map<BesideKind, GatheredRows>();
    let inserts = 0;
    const insert = async (kind: BesideKind, rows: GatheredRows): Promise<void> => {
      gathered.delete(kind);
      await this.#insert(kind, rows, `${this.#tokenPrefix}-beside-${seq}-${++inserts}`);
    };
    let idOf = new Map<number, number>();
    let segment = 0;
    for await (const record of records()) {
      if (record.segment !== segment) idOf = new Map();
      segment = record.segment;
      if (record.kind === RecordKind.series) {
        readSeriesRecord(record.payload, (ref, id) => void idOf.set(ref, id));
        continue;
      }
      const kind = kindOfRecord(record.kind);
      if (kind === undefined) continue;
      let rows = gathered.get(kind);
      if (rows === undefined) gathered.set(kind, (rows = new GatheredRows()));
      const into = rows;
      readRecord(new ByteCursor(record.payload), (ref, timestampMs, data) => {
        const id = idOf.get(ref);
        if (id !== undefined) into.add(id, timestampMs, segment, data);
      });
      if (into.isFull) await insert(kind, into);
    }
    for (const [kind, rows] of gathered) await insert(kind, rows);
  }

  /** Which series have which kinds of rows. */
  async seriesKinds(signal: AbortSignal): Promise<readonly SeriesKind[]> {
    const found: SeriesKind[] = [];
    const statement = sql`SELECT DISTINCT id, CAST(kind, 'String') AS kind FROM ${name(SERIES_KINDS_TABLE)}`;
    for await (const block of this.#deps.database.query(statement, { lane: 'long' }, signal)) {
      const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
      const kind = block.columns[1]?.data as readonly string[];
      for (let i = 0; i < block.rows; i++) found.push({ id: id[i] as number, kind: kind[i] as BesideKind });
    }
    return found;
  }

  /** Rows by id and time; of equal times the one written last comes last. */
  async *read(kind: BesideKind, range: BesideRange, signal: AbortSignal): AsyncGenerator<BesideRow, void, undefined> {
    const ids = range.ids.toSorted((a, b) => a - b);
    // Start times hold for samples behind a deleted range, too.
    const erased = kind === 'start_times' ? undefined : this.#deps.tombstones?.snapshot(ids);
    for (let at = 0; at < ids.length; at += IDS_PER_STATEMENT) {
      const where = fragment(within(ids.slice(at, at + IDS_PER_STATEMENT), range));
      yield* this.#rows(
        sql`SELECT id, ts, data, seq FROM ${name(kind)} WHERE ${where} ORDER BY id, ts, seq, _part_index`,
        erased,
        signal,
      );
    }
  }

  /** The newest exemplars, oldest first. */
  newestExemplars(limit: number, signal: AbortSignal): AsyncGenerator<BesideRow, void, undefined> {
    const newest = sql`SELECT id, ts, data, seq FROM exemplars ORDER BY ts DESC LIMIT ${limit}`;
    const erased = this.#deps.tombstones?.snapshot();
    return this.#rows(sql`SELECT id, ts, data, seq FROM (${fragment(newest)}) ORDER BY ts`, erased, signal);
  }

  /** Drops whole days of exemplars before the day of `beforeMs`. */
  async dropExemplars(beforeMs: number, signal: AbortSignal): Promise<void> {
    const days: string[] = [];
    const statement = sql`SELECT DISTINCT partition FROM system.parts
      WHERE active AND database = currentDatabase() AND table = 'exemplars'
        AND toDateOrZero(partition) < toDate(fromUnixTimestamp64Milli(${Math.floor(beforeMs)}, 'UTC'))`;
    for await (const block of this.#deps.database.query(statement, {}, signal))
      days.push(...(block.columns[0]?.data as readonly string[]));
    for (const day of days) await this.#deps.database.exec(sql`ALTER TABLE exemplars DROP PARTITION ${day}`, signal);
  }

  async *#rows(statement: Sql, erased: Erased, signal: AbortSignal): AsyncGenerator<BesideRow, void, undefined> {
    for await (const block of this.#deps.database.query(statement, { lane: 'long' }, signal)) {
      const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
      const timestampMs = block.columns[1]?.data as Float64Array;
      const lists = block.columns[2]?.data as ByteLists;
      const seq = block.columns[3]?.data as Uint32Array;
      let at = 0;
      for (let i = 0; i < block.rows; i++) {
        const end = lists.ends[i] as number;
        const row = { id: id[i] as number, timestampMs: timestampMs[i] as number, data: lists.bytes.subarray(at, end) };
        if (!isErased(erased?.get(row.id) ?? [], row.timestampMs, seq[i] as number)) yield row;
        at = end;
      }
    }
  }

  /** Labels and kinds first: rows that nobody can find would be lost. Both are merged when they are written twice. */
  async #insert(kind: BesideKind, rows: GatheredRows, deduplicationToken: string): Promise<void> {
    const { database, labelsOf } = this.#deps;
    const days = rows.days();
    const labels = days.flatMap(({ day, id }) => {
      const own = labelsOf(id);
      return own === undefined ? [] : [{ day, id, labels: own }];
    });
    if (labels.length > 0) await database.insert(SERIES_TABLE, labelColumns(labels), { lane: 'metrics' });
    await database.insert(SERIES_KINDS_TABLE, kindColumns(kind, days), { lane: 'metrics' });
    await database.insert(kind, rows.columns(), { deduplicationToken, lane: 'metrics' });
  }
}

interface SeriesDay {
  readonly day: number;
  readonly id: number;
}

/** Rows of one kind on their way into the table, in the order of the log. */
class GatheredRows {
  readonly #id: number[] = [];
  readonly #timestampMs: number[] = [];
  readonly #seq: number[] = [];
  readonly #ends: number[] = [];
  readonly #data = new ByteSink();

  get isFull(): boolean {
    return this.#data.length >= INSERT_BYTES || this.#id.length >= INSERT_ROWS;
  }

  add(id: number, timestampMs: number, seq: number, data: Uint8Array): void {
    this.#id.push(id);
    this.#seq.push(seq);
    this.#timestampMs.push(timestampMs);
    this.#data.bytes(data);
    this.#ends.push(this.#data.length);
  }

  days(): readonly SeriesDay[] {
    const found: SeriesDay[] = [];
    const seen = new Map<number, Set<number>>();
    for (const [i, id] of this.#id.entries()) {
      const day = Math.floor((this.#timestampMs[i] as number) / DAY_MS);
      let ids = seen.get(day);
      if (ids === undefined) seen.set(day, (ids = new Set()));
      if (ids.has(id)) continue;
      ids.add(id);
      found.push({ day, id });
    }
    return found;
  }

  columns(): Columns {
    const rows = this.#id.length;
    return {
      rows,
      columns: [
        { name: 'id', type: 'UInt64', data: Float64Array.from(this.#id) },
        { name: 'ts', type: 'DateTime64(3)', data: Float64Array.from(this.#timestampMs) },
        { name: 'seq', type: 'UInt32', data: Uint32Array.from(this.#seq) },
        {
          name: 'data',
          type: 'Array(UInt8)',
          data: { length: rows, ends: Float64Array.from(this.#ends), bytes: this.#data.view() },
        },
      ],
    };
  }
}

function within(ids: readonly number[], { startMs, endMs }: BesideRange): Sql {
  return sql`id BETWEEN ${ids[0] as number} AND ${ids.at(-1) as number} AND id IN (${fragment(numberList(ids))})
    AND ts BETWEEN fromUnixTimestamp64Milli(${storableTime(startMs)}, 'UTC') AND fromUnixTimestamp64Milli(${storableTime(endMs)}, 'UTC')`;
}

/** The engine's times begin in 1900 and end in 2299. */
function storableTime(ms: number): number {
  return Math.floor(Math.min(Math.max(ms, 0), 8_000_000_000_000));
}

function labelColumns(series: readonly (SeriesDay & { readonly labels: Labels })[]): Columns {
  return {
    rows: series.length,
    columns: [
      { name: 'day', type: 'Date', data: Uint16Array.from(series, (row) => row.day) },
      { name: 'id', type: 'UInt64', data: Float64Array.from(series, (row) => row.id) },
      { name: 'labels', type: 'Map(LowCardinality(String), String)', data: series.map((row) => row.labels.toMap()) },
    ],
  };
}

function kindColumns(kind: BesideKind, series: readonly SeriesDay[]): Columns {
  return {
    rows: series.length,
    columns: [
      { name: 'day', type: 'Date', data: Uint16Array.from(series, (row) => row.day) },
      { name: 'id', type: 'UInt64', data: Float64Array.from(series, (row) => row.id) },
      { name: 'kind', type: 'LowCardinality(String)', data: series.map(() => kind) },
    ],
  };
}
