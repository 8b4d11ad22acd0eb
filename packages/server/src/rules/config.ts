import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../base/config-schema.ts';

/** Prometheus's own top-level key `rule_files`: paths or globs, relative to the configuration file. */
export const ruleFilesSchema = z
  .array(
    z
      .string()
      .min(1)
      .refine((file) => !/[*?[]/.test(file.slice(0, file.lastIndexOf('/') + 1)), {
        error: 'wildcards are allowed in the last part of the path only',
      }),
  )
  .default([]);

/** Alerts are sent again this often while they fire; as Prometheus's --rules.alert.resend-delay. */
const RESEND_DELAY_DEFAULT = '1m';
/** After a longer outage than this, the state of before is not taken up; as --rules.alert.for-outage-tolerance. */
const OUTAGE_TOLERANCE_DEFAULT = '1h';
/** A pending alert waits at least this long after a restart; as --rules.alert.for-grace-period. */
const GRACE_PERIOD_DEFAULT = '10m';

/** Vedette's section `rules:`; the Prometheus flags that steer rule evaluation. */
export const rulesConfigSchema = z
  .strictObject({
    resend_delay: positiveDurationMs.prefault(RESEND_DELAY_DEFAULT),
    for_outage_tolerance: durationMs.prefault(OUTAGE_TOLERANCE_DEFAULT),
    for_grace_period: durationMs.prefault(GRACE_PERIOD_DEFAULT),
  })
  .prefault({});

export type RulesConfig = z.infer<typeof rulesConfigSchema>;

/** Everything that `apply` needs, gathered by `app` from `rule_files`, `rules`, `global` and the command line. */
export interface RulesSettings {
  readonly ruleFiles: readonly string[];
  /** Folder that relative patterns start from: the configuration file's. */
  readonly baseDir: string;
  /** global.evaluation_interval */
  readonly evaluationIntervalMs: number;
  /** global.rule_query_offset */
  readonly queryOffsetMs: number;
  /** global.external_labels */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Address people reach Vedette at, without a slash at the end. */
  readonly externalUrl: string;
  /** global.metric_name_validation_scheme is `legacy`; default: false */
  readonly legacyNames?: boolean;
  readonly config: RulesConfig;
}
