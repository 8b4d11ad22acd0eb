import { VedetteError } from '../../base/errors.ts';
import { type Database, type Sql, fragment, name, numberList, numbersFromUint64, sql } from '../../clickhouse/index.ts';
import { Labels } from '../../model/labels.ts';
import { SAMPLES_TABLE, SERIES_TABLE } from './schema.ts';
import { DAY_MS } from './table-writer.ts';
import type { SampleColumns, SampleRange, StoredSeries } from './table-rows.ts';

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

/** Blocks ordered by (id, timestamp) across blocks, one sample per pair. Throws QUERY_TOO_LARGE over `samplesMax`. */
export async function* readSamples(
  database: Database,
  range: SampleRange,
  signal?: AbortSignal,
): AsyncGenerator<SampleColumns> {
  const ids = sortedUnique(range.ids);
  let left = range.samplesMax ?? Infinity;
  for (let at = 0; at < ids.length; at += IDS_PER_STATEMENT) {
    const statement = samplesStatement(ids.subarray(at, at + IDS_PER_STATEMENT), range);
    let previous: SampleColumns | undefined;
    for await (const block of database.query(statement, { lane: 'long' }, signal)) {
      const samples = withoutRepeats({
        length: block.rows,
        id: numbersFromUint64(block.columns[0]?.data as BigUint64Array),
        timestampMs: block.columns[1]?.data as Float64Array,
        value: block.columns[2]?.data as Float64Array,
      });
      if (previous) yield endsBefore(previous, samples);
      previous = samples;
      left -= samples.length;
      if (left < 0) throw tooManySamples(range.samplesMax ?? 0);
    }
    if (previous) yield previous;
  }
}

function samplesStatement(ids: Float64Array, range: SampleRange): Sql {
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

/**
 * Of equal (id, timestamp) the last row stays. Rows repeat when a write was sent again without its token. Values are moved as
 * 32-bit words, because a NaN that passes through a variable may lose its payload.
 */
function withoutRepeats(samples: SampleColumns): SampleColumns {
  const { id, timestampMs, value } = samples;
  const words = new Uint32Array(value.buffer, value.byteOffset, value.length * 2);
  let length = 0;
  for (let i = 0; i < samples.length; i++) {
    if (id[i] === id[i + 1] && timestampMs[i] === timestampMs[i + 1]) continue;
    if (length !== i) {
      id[length] = id[i] as number;
      timestampMs[length] = timestampMs[i] as number;
      words[2 * length] = words[2 * i] as number;
      words[2 * length + 1] = words[2 * i + 1] as number;
    }
    length++;
  }
  return { length, id, timestampMs, value };
}

/** `block` without its last row when `next` begins with the same (id, timestamp). */
function endsBefore(block: SampleColumns, next: SampleColumns): SampleColumns {
  const last = block.length - 1;
  const repeats = block.id[last] === next.id[0] && block.timestampMs[last] === next.timestampMs[0];
  return repeats ? { ...block, length: last } : block;
}

function tooManySamples(samplesMax: number): VedetteError {
  return new VedetteError(
    'QUERY_TOO_LARGE',
    `the query would read more than ${samplesMax} samples; narrow the time range or the selection`,
  );
}
