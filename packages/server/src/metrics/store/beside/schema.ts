import { type RoomMigrations, sql } from '../../../clickhouse/index.ts';

/** What is stored beside float samples. A name is a table of (id, ts, data): what `data` holds is its owner's. */
export const BESIDE_KINDS = ['histograms', 'start_times', 'exemplars'] as const;
export type BesideKind = (typeof BESIDE_KINDS)[number];

/** Which series have rows of which kind on which day: a start need not look through the rows for it. */
export const SERIES_KINDS_TABLE = 'series_kinds';
/** Partitioned by day like the float samples, and dropped with them. */
export const BESIDE_TABLES: readonly string[] = [...BESIDE_KINDS, SERIES_KINDS_TABLE];

export const BESIDE_MIGRATIONS: RoomMigrations = {
  room: 'metrics-beside',
  migrations: [
    {
      version: 1,
      name: 'native histograms, start times and exemplars',
      statements: [
        sql`CREATE TABLE IF NOT EXISTS series_kinds (
            day Date,
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            kind LowCardinality(String)
          ) ENGINE = ReplacingMergeTree PARTITION BY day ORDER BY (kind, id)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
        // Rows are large, small granules keep what one series costs to read small. Of rows for one time that of the later segment of
        // the log (`seq`) stays, of one segment the last.
        sql`CREATE TABLE IF NOT EXISTS histograms (
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            seq UInt32 CODEC(T64, ZSTD(1)),
            data Array(UInt8) CODEC(ZSTD(3))
          ) ENGINE = ReplacingMergeTree(seq) PARTITION BY toDate(ts) ORDER BY (id, ts)
          SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30,
            non_replicated_deduplication_window = 100`,
        // A time may have a step and an exception to it, which begin with different bytes.
        sql`CREATE TABLE IF NOT EXISTS start_times (
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            seq UInt32 CODEC(T64, ZSTD(1)),
            data Array(UInt8) CODEC(ZSTD(1))
          ) ENGINE = ReplacingMergeTree(seq) PARTITION BY toDate(ts) ORDER BY (id, ts, data[1])
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
        sql`CREATE TABLE IF NOT EXISTS exemplars (
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            seq UInt32 CODEC(T64, ZSTD(1)),
            data Array(UInt8) CODEC(ZSTD(1))
          ) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (id, ts)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
      ],
    },
  ],
};
