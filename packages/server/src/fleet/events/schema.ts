import { type RoomMigrations, sql } from '../../clickhouse/index.ts';

export const EVENTS_TABLE = 'camera_events';
export const PASSPORTS_TABLE = 'camera_passports';

/**
 * Changes of state, one row each, ordered by camera: a page asks for one camera's, a start for the newest of each. Months are dropped
 * whole, by `monthRetention`. Passports are few: a row whenever a stream says that it is something else than before.
 */
export const EVENTS_MIGRATIONS: RoomMigrations = {
  room: 'camera-events',
  migrations: [
    {
      version: 1,
      name: 'camera events and passports',
      statements: [
        sql`CREATE TABLE IF NOT EXISTS camera_events (
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            seq UInt32 CODEC(ZSTD(1)),
            camera_id String CODEC(ZSTD(1)),
            from_state LowCardinality(String),
            to_state LowCardinality(String),
            kind LowCardinality(String),
            reason String CODEC(ZSTD(1))
          ) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (camera_id, ts, seq)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
        sql`CREATE TABLE IF NOT EXISTS camera_passports (
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            camera_id String CODEC(ZSTD(1)),
            codec LowCardinality(String),
            profile LowCardinality(String),
            width UInt32 CODEC(ZSTD(1)),
            height UInt32 CODEC(ZSTD(1)),
            declared_fps Float64 CODEC(ZSTD(1)),
            transport LowCardinality(String)
          ) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (camera_id, ts)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
      ],
    },
  ],
};
