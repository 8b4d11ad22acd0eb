import { z } from 'zod';
import { positiveDurationMs, sizeBytes } from '../../base/config-schema.ts';

/** How far back an instant selector looks for the newest sample; Prometheus' default. */
export const LOOKBACK_DELTA_DEFAULT_MS = 300_000;
/** Longest evaluation of one query; Prometheus' default. */
export const TIMEOUT_DEFAULT_MS = 120_000;
/** Samples one query may read or hold: 16 bytes each, so 800 MB at the very worst; Prometheus' default. */
export const SAMPLES_MAX_DEFAULT = 50_000_000;
/** Points of one series in a range answer: enough for 60 s steps over a week; Prometheus' fixed limit. */
export const POINTS_PER_SERIES_MAX = 11_000;
/** Step of a subquery that names none; Prometheus uses the global evaluation interval, 1m by default. */
export const SUBQUERY_STEP_DEFAULT_MS = 60_000;

/** Kept results of range queries: a dashboard of twelve panels takes about one megabyte. */
export const RESULT_CACHE_DEFAULT_BYTES = 16 * 1024 * 1024;
/** A result that is made anew faster than this is not kept. */
export const KEPT_FROM_DEFAULT_MS = 5;

/** The `query` section of vedette.yaml. */
export const queryConfigSchema = z.strictObject({
  timeout: positiveDurationMs.prefault('2m'),
  max_samples: z.int().positive().default(SAMPLES_MAX_DEFAULT),
  lookback_delta: positiveDurationMs.prefault('5m'),
  result_cache_size: sizeBytes.prefault('16MB'),
  /** Beside the event loop's; default: one less than there are processors, three at most. */
  threads: z.int().min(0).max(16).optional(),
});

export type QueryConfig = z.infer<typeof queryConfigSchema>;
