import { VedetteError } from '../../base/errors.ts';
import { type Database, type Sql, fragment, name, numberList, numbersFromUint64, sql } from '../../clickhouse/index.ts';
import { Labels } from '../../model/labels.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { readChunks } from './chunk-reader.ts';
import { type Erased, dropErased } from './tombstones.ts';
import { appendSamples, mergedSamples } from './sample-merge.ts';
import { SAMPLES_TABLE, SERIES_TABLE } from './schema.ts';
import { DAY_MS, type SampleColumns, type SampleRange, type StoredSeries } from './table-rows.ts';

/**
 * Ids per statement. The engine plans a streamed statement on the calling thread, about 4 µs per listed id: this keeps the pause
 * near 4 ms, and the text far below the engine's 256 KB.
 */
const IDS_PER_STATEMENT = 1_000;

/** Every series with the first and last day it was seen on, in blocks. */
export async function* loadSeries(database: Database, signal?: AbortSignal): AsyncGenerator<StoredSeries[]> {
  const firstDay = await firstDays(database, signal);
  const loaded = new Set<number>();
  // Labels are read from each series' last day only. Dictionary columns decode each distinct label value once per block.
  const statement = sql`SELECT id, day, mapKeys(labels) AS names, CAST(mapValues(labels), 'Array(LowCardinality(String))') AS vals
    FROM ${name(SERIES_TABLE)} WHERE (id, day) IN (SELECT id, max(day) FROM ${name(SERIES_TABLE)} GROUP BY id)`;
  for await (const block of database.query(statement, { lane: 'long' }, signal)) {
    const ids = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
    const days = block.columns[1]?.data as Uint16Array;
    const names = block.columns[2]?.data as readonly (readonly string[])[];
    const values = block.columns[3]?.data as readonly (readonly string[])[];
    const series: StoredSeries[] = [];
    for (let i = 0; i < block.rows; i++) {
      const id = ids[i] as number;
      // Rows of one day that are not merged yet.
      if (loaded.has(id)) continue;
      loaded.add(id);
      const day = days[i] as number;
      series.push({
        id,
        labels: labelsFrom(names[i] ?? [], values[i] ?? []),
        firstDayMs: (firstDay.get(id) ?? day) * DAY_MS,
        lastDayMs: day * DAY_MS,
      });
    }
    yield series;
  }
}

/** Days of series that were seen on more than one; the others' first day is their last. */
async function firstDays(database: Database, signal?: AbortSignal): Promise<Map<number, number>> {
  const days = new Map<number, number>();
  const statement = sql`SELECT id, min(day) AS first FROM ${name(SERIES_TABLE)} GROUP BY id HAVING first != max(day)`;
  for await (const block of database.query(statement, { lane: 'long' }, signal)) {
    const ids = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
    const first = block.columns[1]?.data as Uint16Array;
    for (let i = 0; i < block.rows; i++) days.set(ids[i] as number, first[i] as number);
  }
  return days;
}

/** Maps keep the order they were written in, which is sorted by name. */
function labelsFrom(names: readonly string[], values: readonly string[]): Labels {
  const pairs: string[] = [];
  for (let i = 0; i < names.length; i++) pairs.push(names[i] as string, values[i] as string);
  return Labels.fromSortedPairs(pairs);
}

/** What the tables have of one series. */
export interface StoredSamples {
  readonly id: number;
  /** About how many samples `read` gives. */
  estimate(fromMs: number, toMs: number): number;
  /** Adds those in [fromMs, toMs], ascending, one per timestamp, to `into`. */
  read(fromMs: number, toMs: number, into: SampleBuffer): void;
}

/**
 * The series of the range that have samples in the tables: in chunks, and in rows that earlier versions stored (`rows`), without the
 * `erased` ones. In the order of their ids. Nothing is decoded before it is read.
 */
export async function* readStored(
  database: Database,
  range: SampleRange,
  { rows, erased }: { readonly rows: boolean; readonly erased?: Erased },
  signal?: AbortSignal,
): AsyncGenerator<StoredSamples> {
  const all = sortedUnique(range.ids);
  for (let at = 0; at < all.length; at += IDS_PER_STATEMENT) {
    const ids = all.subarray(at, at + IDS_PER_STATEMENT);
    const older = rows ? await readRows(database, ids, range, range.samplesMax ?? Infinity, signal) : NO_ROWS;
    for (const [id, tombstones] of erased ?? []) dropErased(tombstones, ROWS_SEQ, older.get(id) ?? new SampleBuffer(0));
    const left = [...older.keys()].reverse();
    for await (const chunks of readChunks(database, { ...range, ids, ...(erased ? { erased } : {}) }, signal)) {
      // Series that have rows only.
      while (left.length > 0 && (left.at(-1) as number) < chunks.id) yield ofRows(older, left.pop() as number);
      if (left.at(-1) === chunks.id) yield withRows(ofRows(older, left.pop() as number), chunks);
      else yield chunks;
    }
    while (left.length > 0) yield ofRows(older, left.pop() as number);
  }
}

function ofRows(rows: ReadonlyMap<number, SampleBuffer>, id: number): StoredSamples {
  const samples = rows.get(id) as SampleBuffer;
  return {
    id,
    estimate: () => samples.length,
    read: (fromMs, toMs, into) => {
      let from = 0;
      while (from < samples.length && (samples.timestampMs[from] as number) < fromMs) from++;
      let to = from;
      while (to < samples.length && (samples.timestampMs[to] as number) <= toMs) to++;
      appendSamples(samples, from, to, into);
    },
  };
}

/** Chunks are newer than rows. */
function withRows(rows: StoredSamples, chunks: StoredSamples): StoredSamples {
  return {
    id: chunks.id,
    estimate: (fromMs, toMs) => rows.estimate(fromMs, toMs) + chunks.estimate(fromMs, toMs),
    read: (fromMs, toMs, into) => {
      const older = new SampleBuffer(1);
      const newer = new SampleBuffer(1);
      rows.read(fromMs, toMs, older);
      chunks.read(fromMs, toMs, newer);
      const merged = mergedSamples(older, newer);
      appendSamples(merged, 0, merged.length, into);
    },
  };
}

/**
 * The same as blocks ordered by (id, timestamp) across blocks, one sample per pair. Throws QUERY_TOO_LARGE over `samplesMax`.
 */
export async function* readSamples(
  database: Database,
  range: SampleRange,
  options: { readonly rows: boolean; readonly erased?: Erased },
  signal?: AbortSignal,
): AsyncGenerator<SampleColumns> {
  const samplesMax = range.samplesMax ?? Infinity;
  const blocks = new BlockBuilder();
  const samples = new SampleBuffer(1_024);
  for await (const stored of readStored(database, range, options, signal)) {
    samples.clear();
    stored.read(range.startMs, range.endMs, samples);
    if (samples.length === 0) continue;
    blocks.add(stored.id, samples);
    if (blocks.samples > samplesMax) throw tooManySamples(samplesMax);
    if (blocks.isFull) yield blocks.take();
  }
  if (blocks.length > 0) yield blocks.take();
}

/** Rows of earlier versions were written before any segment of the log. */
const ROWS_SEQ = 0;
const NO_ROWS: ReadonlyMap<number, SampleBuffer> = new Map();

/** Samples of a block that is handed on; a series may be longer. */
const BLOCK_SAMPLES = 32_768;

/** Series after series, with the id in each row. */
class BlockBuilder {
  #rows = new SampleBuffer(0);
  readonly #ids: { readonly id: number; readonly end: number }[] = [];
  /** Ever added. */
  samples = 0;

  get length(): number {
    return this.#rows.length;
  }

  get isFull(): boolean {
    return this.#rows.length >= BLOCK_SAMPLES;
  }

  add(id: number, samples: SampleBuffer): void {
    this.samples += samples.length;
    appendSamples(samples, 0, samples.length, this.#rows);
    this.#ids.push({ id, end: this.#rows.length });
  }

  take(): SampleColumns {
    const { length, timestampMs, value } = this.#rows;
    const ids = new Float64Array(length);
    let from = 0;
    for (const { id, end } of this.#ids.splice(0)) {
      ids.fill(id, from, end);
      from = end;
    }
    this.#rows = new SampleBuffer(0);
    return { length, id: ids, timestampMs, value };
  }
}

/** What earlier versions stored of these series, in the order of ids. */
async function readRows(
  database: Database,
  ids: Float64Array,
  range: SampleRange,
  samplesMax: number,
  signal?: AbortSignal,
): Promise<Map<number, SampleBuffer>> {
  const found = new Map<number, SampleBuffer>();
  let samples = 0;
  for await (const block of database.query(rowsStatement(ids, range), { lane: 'long' }, signal)) {
    const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
    const timestampMs = block.columns[1]?.data as Float64Array;
    const value = block.columns[2]?.data as Float64Array;
    for (let row = 0; row < block.rows;) {
      const from = row;
      const one = id[row] as number;
      while (row < block.rows && id[row] === one) row++;
      let own = found.get(one);
      if (own === undefined) found.set(one, (own = new SampleBuffer(row - from)));
      appendUnique(timestampMs, value, from, row, own);
    }
    samples += block.rows;
    if (samples > samplesMax) throw tooManySamples(samplesMax);
  }
  return found;
}

/** Of equal timestamps the last row stays: rows repeat when a write was sent again without its token. */
function appendUnique(
  timestampMs: Float64Array,
  value: Float64Array,
  from: number,
  to: number,
  into: SampleBuffer,
): void {
  for (let row = from; row < to; row++) {
    if (into.length > 0 && into.timestampMs[into.length - 1] === timestampMs[row]) into.length--;
    appendSamples({ timestampMs, value }, row, row + 1, into);
  }
}

function rowsStatement(ids: Float64Array, range: SampleRange): Sql {
  return sql`SELECT id, ts, v FROM ${name(SAMPLES_TABLE)}
    WHERE id BETWEEN ${ids[0] as number} AND ${ids.at(-1) as number} AND id IN (${fragment(numberList(ids))})
      AND ts BETWEEN fromUnixTimestamp64Milli(${Math.ceil(range.startMs)}, 'UTC') AND fromUnixTimestamp64Milli(${Math.floor(range.endMs)}, 'UTC')
    ORDER BY id, ts, _part_index`;
}

function sortedUnique(ids: Float64Array | readonly number[]): Float64Array {
  const sorted = Float64Array.from(ids).sort();
  let length = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[length++] = sorted[i] as number;
  return sorted.subarray(0, length);
}

function tooManySamples(samplesMax: number): VedetteError {
  return new VedetteError(
    'QUERY_TOO_LARGE',
    `the query would read more than ${samplesMax} samples; narrow the time range or the selection`,
  );
}
