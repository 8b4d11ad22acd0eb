import { z } from 'zod';
import { durationMs, positiveDurationMs, secret, sizeBytes } from '../base/config-schema.ts';

/** This month can be compared with the same month of last year; a small disk ends it earlier, see `disk_headroom`. */
const RETENTION_DEFAULT = '400d';
/** Room for one day's merges of a small fleet; a full disk refuses even to drop old data. */
const DISK_HEADROOM_DEFAULT = '1GB';
const DATABASE_DEFAULT = 'vedette';

/** Settings of Prometheus' own database. They have no counterpart here and do no harm, except `retention.time`, which counts. */
const tsdbShape = {
  /** Late samples are always taken, as far back as retention reaches. */
  out_of_order_time_window: durationMs.optional(),
  stale_series_compaction_threshold: z.number().optional(),
  chunk_encoding: z
    .strictObject({ floats: z.enum(['xor', 'xor2'], { error: 'must be xor or xor2' }).optional() })
    .optional(),
  retention: z
    .strictObject({
      /** Used when `storage.retention` is not given. */
      time: positiveDurationMs.optional(),
      size: sizeBytes.optional(),
      percentage: z
        .number()
        .min(0, { error: 'must be from 0 to 100' })
        .max(100, { error: 'must be from 0 to 100' })
        .optional(),
    })
    .optional(),
};

/** The keys of `storage:` that choose and bound the database; the metric store adds its own beside them. */
export const storageShape = {
  /** The data directory; the command line's --data wins. */
  path: z.string().min(1).optional(),
  /** A ClickHouse server instead of the embedded engine. */
  url: z
    .string()
    .refine(isServerUrl, {
      error:
        'must be an address such as http://clickhouse:8123, without user, password, path or parameters (use storage.username and storage.password_file)',
    })
    .optional(),
  username: z.string().optional(),
  password: secret.optional(),
  password_file: z.string().min(1).optional(),
  database: z.string().min(1).prefault(DATABASE_DEFAULT),
  retention: positiveDurationMs.optional(),
  disk_headroom: sizeBytes.prefault(DISK_HEADROOM_DEFAULT),
  tsdb: z.strictObject(tsdbShape).optional(),
  exemplars: z.strictObject({ max_exemplars: z.number().optional() }).optional(),
};

export const storageConfigSchema = z.strictObject(storageShape).superRefine(checkStorage).prefault({});

export type StorageConfig = z.output<typeof storageConfigSchema>;

/** What single keys cannot say; for the schema above and for the one that app composes from `storageShape`. */
export function checkStorage(
  section: { readonly [Key in 'url' | 'username' | 'password' | 'password_file']?: unknown },
  context: z.RefinementCtx,
): void {
  const issue = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
  if (section.password !== undefined && section.password_file !== undefined) {
    issue('password_file', 'give either password or password_file, not both');
  }
  if (section.url !== undefined) return;
  for (const key of ['username', 'password', 'password_file'] as const) {
    if (section[key] !== undefined)
      issue(key, 'has no meaning without storage.url: the embedded database has no users');
  }
}

/** How long samples are kept: `storage.retention`, else Prometheus' `storage.tsdb.retention.time`, else 400 days. */
export function retentionMsOf(config: Pick<StorageConfig, 'retention' | 'tsdb'>): number {
  return config.retention ?? config.tsdb?.retention?.time ?? durationMs.parse(RETENTION_DEFAULT);
}

function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain =
    url.username === '' && url.password === '' && url.search === '' && url.hash === '' && url.pathname === '/';
  return plain && (url.protocol === 'http:' || url.protocol === 'https:');
}
