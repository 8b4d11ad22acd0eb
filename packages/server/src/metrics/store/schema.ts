import { type RoomMigrations, sql } from '../../clickhouse/index.ts';

export const SERIES_TABLE = 'series';
/** One row per sample, as versions before the write-ahead log stored them; read, dropped by age, never written. */
export const SAMPLES_TABLE = 'samples';
export const CHUNKS_TABLE = 'chunks';

/** No stored chunk reaches over a multiple of this, so a range's chunks begin at most so long before it. */
export const CHUNK_SPAN_MS = 2 * 3_600_000;

/**
 * Tables of stored metrics. `series` holds a series' labels once for every day (UTC) on which it has samples, so both tables are
 * dropped day by day and no label set outlives its samples. `chunks` holds samples as payloads of chunk-format.ts: those of one
 * series from `start` (of `end`, both included), `count` of them; of two samples for one time the one with the higher `seq` was
 * written later. It is ordered by id, whose upper bits are the metric's: the series of one metric lie together (see
 * docs/decisions/0002 and 0006). Deduplication windows make a repeated insert store one copy. There is no TTL clause:
 * table-retention.ts drops whole days, by age and by free disk, and says so in the log.
 */
export const METRIC_MIGRATIONS: RoomMigrations = {
  room: 'metrics',
  migrations: [
    {
      version: 1,
      name: 'series and samples',
      statements: [
        sql`CREATE TABLE IF NOT EXISTS series (
            day Date,
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
          ) ENGINE = ReplacingMergeTree PARTITION BY day ORDER BY id
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
        sql`CREATE TABLE IF NOT EXISTS samples (
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            v Float64 CODEC(Gorilla(8), ZSTD(1))
          ) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (id, ts)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
      ],
    },
    {
      version: 2,
      name: 'chunks of samples',
      statements: [
        // Rows are large: small granules keep what one series costs to read near 50 KB.
        sql`CREATE TABLE IF NOT EXISTS chunks (
            id UInt64 CODEC(Delta(8), ZSTD(1)),
            start DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            end DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            count UInt32 CODEC(T64, ZSTD(1)),
            seq UInt32 CODEC(T64, ZSTD(1)),
            data Array(UInt8) CODEC(ZSTD(3))
          ) ENGINE = MergeTree PARTITION BY toDate(start) ORDER BY (id, start)
          SETTINGS index_granularity = 512, fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30,
            non_replicated_deduplication_window = 100`,
      ],
    },
  ],
};
