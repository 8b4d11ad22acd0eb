import { type RoomMigrations, sql } from '../../clickhouse/index.ts';

export const SERIES_TABLE = 'series';
export const SAMPLES_TABLE = 'samples';

/**
 * Tables of stored metrics. `series` holds a series' labels once for every day (UTC) on which it has samples, so both tables are
 * dropped day by day and no label set outlives its samples. `samples` is ordered by id, whose upper bits are the metric's: the
 * series of one metric lie together (see docs/decisions/0002). Deduplication windows make a repeated insert store one copy.
 * There is no TTL clause: table-retention.ts drops whole days, by age and by free disk, and says so in the log.
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
  ],
};
