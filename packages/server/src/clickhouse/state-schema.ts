import { type RoomMigrations } from './migrations.ts';
import { sql } from './sql.ts';

/** Of one process. */
export const STATE_TABLE = 'state';
/** Of several processes on one server. */
export const SHARED_STATE_TABLE = 'shared_state';

export const STATE_MIGRATIONS: RoomMigrations = {
  room: 'state',
  migrations: [
    {
      version: 1,
      name: 'state',
      statements: [
        // A deleted key is a row whose `deleted` is 1: it must win over older rows until they are merged away.
        sql`CREATE TABLE IF NOT EXISTS state (
            namespace LowCardinality(String),
            key String,
            version UInt64,
            deleted UInt8,
            value String CODEC(ZSTD(1))
          ) ENGINE = ReplacingMergeTree(version, deleted) ORDER BY (namespace, key)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 100`,
      ],
    },
  ],
};

export const SHARED_STATE_MIGRATIONS: RoomMigrations = {
  room: 'shared-state',
  migrations: [
    {
      version: 1,
      name: 'shared state',
      statements: [
        // `written_at` is the server's clock, so that the processes' own need not agree; `origin` is the process that wrote.
        sql`CREATE TABLE IF NOT EXISTS shared_state (
            namespace LowCardinality(String),
            key String,
            version UInt64,
            deleted UInt8,
            value String CODEC(ZSTD(1)),
            origin LowCardinality(String),
            written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
          ) ENGINE = ReplacingMergeTree(version, deleted) ORDER BY (namespace, key)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000`,
      ],
    },
  ],
};
