import {
  type Column,
  type ColumnType,
  type Columns,
  type Database,
  type RoomMigrations,
  type Sql,
  fragment,
  identifier,
  name,
  numberList,
  numbersFromUint64,
  sql,
} from '../../../clickhouse/index.ts';
import type { BucketRows } from './bucket-rows.ts';

/** How coarse a rollup is. Every resolution is a multiple of the one before and divides a day. */
export interface Resolution {
  readonly table: string;
  readonly ms: number;
}

export const RESOLUTIONS: readonly Resolution[] = [
  { table: 'rollup_5m', ms: 300_000 },
  { table: 'rollup_1h', ms: 3_600_000 },
];

/** Column of the table, field of BucketRows, type in the table. */
const COLUMNS: readonly (readonly [column: string, field: Exclude<keyof BucketRows, 'length'>, type: ColumnType])[] = [
  ['id', 'id', 'UInt64'],
  ['ts', 'endMs', 'DateTime64(3)'],
  ['samples', 'count', 'UInt32'],
  ['sum', 'sum', 'Float64'],
  ['min', 'min', 'Float64'],
  ['max', 'max', 'Float64'],
  ['first_ts', 'firstMs', 'DateTime64(3)'],
  ['last_ts', 'lastMs', 'DateTime64(3)'],
  ['first', 'first', 'Float64'],
  ['last', 'last', 'Float64'],
  ['correction', 'correction', 'Float64'],
  ['changes', 'changes', 'UInt32'],
  ['resets', 'resets', 'UInt32'],
  ['ends_stale', 'endsStale', 'UInt8'],
];

/** Plain columns, so that SQL can read them. A later row of the same bucket replaces the earlier one, by `version`. */
export const ROLLUP_MIGRATIONS: RoomMigrations = {
  room: 'rollups',
  migrations: [
    {
      version: 1,
      name: 'rollups of five minutes and one hour',
      statements: RESOLUTIONS.map(
        ({ table }) => sql`CREATE TABLE IF NOT EXISTS ${name(table)} (
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
            version UInt64 CODEC(Delta(8), ZSTD(1)),
            samples UInt32 CODEC(T64, ZSTD(1)),
            sum Float64 CODEC(ZSTD(1)),
            min Float64 CODEC(ZSTD(1)),
            max Float64 CODEC(ZSTD(1)),
            first_ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
            last_ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
            first Float64 CODEC(ZSTD(1)),
            last Float64 CODEC(ZSTD(1)),
            correction Float64 CODEC(ZSTD(1)),
            changes UInt32 CODEC(T64, ZSTD(1)),
            resets UInt32 CODEC(T64, ZSTD(1)),
            ends_stale UInt8 CODEC(ZSTD(1))
          ) ENGINE = ReplacingMergeTree(version) PARTITION BY toDate(ts) ORDER BY (id, ts)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
      ),
    },
  ],
};

/** Inserts rows; durable when it resolves. `version` rises with every call for the same buckets. */
export async function insertRollups(
  database: Database,
  { table }: Resolution,
  rows: BucketRows,
  version: number,
): Promise<void> {
  const data: Column[] = COLUMNS.map(([column, field, type]) => ({
    name: column,
    type,
    data: rows[field].subarray(0, rows.length),
  }));
  data.push({ name: 'version', type: 'UInt64', data: new Float64Array(rows.length).fill(version) });
  await database.insert(table, { rows: rows.length, columns: data } satisfies Columns, { lane: 'metrics' });
}

/** The newest bucket of each series that ends after the time. */
export async function readNewest(
  database: Database,
  { table }: Resolution,
  afterMs: number,
  signal: AbortSignal,
): Promise<Map<number, number>> {
  const newest = new Map<number, number>();
  const statement = sql`SELECT id, max(ts) FROM ${name(table)} WHERE ts > fromUnixTimestamp64Milli(${afterMs}, 'UTC') GROUP BY id`;
  for await (const block of database.query(statement, { lane: 'long' }, signal)) {
    const ids = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
    const ends = block.columns[1]?.data as Float64Array;
    for (let i = 0; i < block.rows; i++) newest.set(ids[i] as number, ends[i] as number);
  }
  return newest;
}

/** The engine plans a streamed statement on the calling thread, about 4 µs per listed id. */
const IDS_PER_STATEMENT = 1_000;

export interface RollupRange {
  /** Ascending. */
  readonly ids: Float64Array;
  /** Buckets that end in (afterMs, untilMs]. */
  readonly afterMs: number;
  readonly untilMs: number;
  /** Of each step back from `untilMs`, only the buckets of the last `rangeMs`; a range of the step or more leaves none out. */
  readonly stepMs: number;
  readonly rangeMs: number;
}

/** Blocks of rows ordered by (id, ts), one per bucket; columns that were not asked for are empty. */
export async function* readRollups(
  database: Database,
  { table }: Resolution,
  fields: readonly (keyof BucketRows)[],
  range: RollupRange,
  signal: AbortSignal,
): AsyncGenerator<BucketRows> {
  const wanted = COLUMNS.filter(
    ([, field]) => ['id', 'endMs', 'count', 'endsStale'].includes(field) || fields.includes(field),
  );
  // Names from the list above, each quoted.
  const columns = fragment(wanted.map(([column]) => identifier(column)).join(', ') as Sql);
  for (let at = 0; at < range.ids.length; at += IDS_PER_STATEMENT) {
    const ids = range.ids.subarray(at, at + IDS_PER_STATEMENT);
    const inWindows =
      range.rangeMs >= range.stepMs
        ? sql`1`
        : sql`(${range.untilMs} - toUnixTimestamp64Milli(ts)) % ${range.stepMs} < ${range.rangeMs}`;
    const statement = sql`SELECT ${columns} FROM ${name(table)} FINAL
      WHERE id BETWEEN ${ids[0] as number} AND ${ids.at(-1) as number} AND id IN (${fragment(numberList(ids))})
        AND ts > fromUnixTimestamp64Milli(${range.afterMs}, 'UTC') AND ts <= fromUnixTimestamp64Milli(${range.untilMs}, 'UTC')
        AND ${fragment(inWindows)}
      ORDER BY id, ts SETTINGS do_not_merge_across_partitions_select_final = 1`;
    for await (const block of database.query(statement, { lane: 'long' }, signal)) {
      const rows: Partial<Record<keyof BucketRows, unknown>> = { length: block.rows };
      for (const [, field] of COLUMNS) rows[field] = EMPTY;
      for (const [i, [, field]] of wanted.entries()) {
        const data = block.columns[i]?.data;
        rows[field] = field === 'id' ? numbersFromUint64(data as BigUint64Array) : data;
      }
      yield rows as unknown as BucketRows;
    }
  }
}

const EMPTY = new Float64Array(0);
