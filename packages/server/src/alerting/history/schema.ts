import { type RoomMigrations, sql } from '../../clickhouse/index.ts';

export const HISTORY_TABLE = 'alert_history';

/**
 * One row per thing that happened to an alert. Ordered by time, because people ask for the newest and for ranges; `seq` tells events of
 * one millisecond apart, so that (ts, seq) is a cursor. `fingerprint` and `alertname` have indexes that skip whole granules: an
 * alert's own life lies scattered over all of them. Months are dropped whole by `monthRetention`.
 */
export const HISTORY_MIGRATIONS: RoomMigrations = {
  room: 'alert-history',
  migrations: [
    {
      version: 1,
      name: 'alert history',
      statements: [
        sql`CREATE TABLE IF NOT EXISTS alert_history (
            ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
            seq UInt32 CODEC(ZSTD(1)),
            state LowCardinality(String),
            fingerprint UInt64 CODEC(ZSTD(1)),
            alertname LowCardinality(String),
            labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
            annotations Map(LowCardinality(String), String) CODEC(ZSTD(1)),
            value Float64 CODEC(ZSTD(1)),
            starts_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
            active_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
            fired_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
            rule_file LowCardinality(String),
            rule_group LowCardinality(String),
            receiver LowCardinality(String),
            integration LowCardinality(String),
            group_key String CODEC(ZSTD(1)),
            told LowCardinality(String),
            attempts UInt32 CODEC(ZSTD(1)),
            duration_ms Float64 CODEC(ZSTD(1)),
            answer String CODEC(ZSTD(1)),
            mute_by LowCardinality(String),
            mute_ids Array(String) CODEC(ZSTD(1)),
            mute_text String CODEC(ZSTD(1)),
            who String CODEC(ZSTD(1)),
            comment String CODEC(ZSTD(1)),
            replica LowCardinality(String),
            INDEX by_fingerprint fingerprint TYPE bloom_filter(0.01) GRANULARITY 1,
            INDEX by_name alertname TYPE set(100) GRANULARITY 1
          ) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (ts, seq)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 100`,
      ],
    },
  ],
};
