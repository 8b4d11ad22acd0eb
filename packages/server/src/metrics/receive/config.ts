import { z } from 'zod';
import { durationMs, positiveDurationMs, refused, tolerated } from '../../base/config-schema.ts';
import { checkHttpClient, httpClientShape } from '../../base/http-client/index.ts';
import { formatDuration, parseSize } from '../../base/units.ts';
import { discoveryShape } from './discovery/config.ts';
import { relabelConfigs } from '../relabel/index.ts';
import { checkStaticTargets } from './static-targets.ts';

/**
 * The sections `global`, `scrape_configs` and `scrape_config_files`, with Prometheus's names and defaults. Parsed values
 * keep the file's key names; durations are milliseconds, sizes bytes. `resolveScrapeConfigs` applies the inheritance.
 */

const SCRAPE_INTERVAL_DEFAULT_MS = 60_000;
const SCRAPE_TIMEOUT_DEFAULT_MS = 10_000;

const limit = z
  .number()
  .int({ error: 'must be a whole number; 0 means no limit' })
  .min(0, { error: 'cannot be negative; 0 means no limit' });

/** Prometheus accepts no bare number here but 0. */
const bodySize = z
  .union([z.string(), z.literal(0)], { error: 'must be a size with its unit, such as 10MB; 0 means no limit' })
  .transform((value, context) => {
    const bytes = value === 0 ? 0 : parseSize(value);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: `not a valid size: "${value}"; write it as 512KB, 10MB or 1GB` });
    return z.NEVER;
  });

const PROTOCOLS = [
  'PrometheusProto',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
] as const;
const protocol = z.enum(PROTOCOLS, { error: `unknown scrape protocol; use one of ${PROTOCOLS.join(', ')}` });
const protocols = z
  .array(protocol)
  .min(1, { error: 'must name at least one protocol' })
  .refine((list) => new Set(list).size === list.length, { error: 'names a protocol twice' });

const validationScheme = z.enum(['utf8', 'legacy'], { error: 'must be utf8 or legacy' });
const escapingScheme = z.enum(['allow-utf-8', 'underscores', 'dots', 'values'], {
  error: 'must be allow-utf-8, underscores, dots or values',
});

/** Keys a scrape config inherits from `global`. */
const inheritedShape = {
  body_size_limit: bodySize.optional(),
  sample_limit: limit.optional(),
  target_limit: limit.optional(),
  label_limit: limit.optional(),
  label_name_length_limit: limit.optional(),
  label_value_length_limit: limit.optional(),
  keep_dropped_targets: limit.optional(),
  scrape_protocols: protocols.optional(),
  extra_scrape_metrics: z.boolean().optional(),
  metric_name_validation_scheme: validationScheme.optional(),
  metric_name_escaping_scheme: escapingScheme.optional(),
  scrape_failure_log_file: tolerated,
  scrape_native_histograms: z.boolean().optional(),
  always_scrape_classic_histograms: z.boolean().optional(),
  convert_classic_histograms_to_nhcb: z.boolean().optional(),
};

const globalKeys = z
  .strictObject({
    scrape_interval: positiveDurationMs.default(SCRAPE_INTERVAL_DEFAULT_MS),
    scrape_timeout: positiveDurationMs.optional(),
    evaluation_interval: positiveDurationMs.default(60_000),
    rule_query_offset: durationMs.default(0),
    external_labels: z
      .record(z.string().min(1), z.string())
      .nullish()
      .transform((labels): Readonly<Record<string, string>> => labels ?? {}),
    query_log_file: tolerated,
    ...inheritedShape,
  })
  .superRefine((global, context) => {
    if (global.scrape_timeout !== undefined && global.scrape_timeout > global.scrape_interval) {
      context.addIssue({
        code: 'custom',
        path: ['scrape_timeout'],
        message: 'global scrape timeout greater than scrape interval',
      });
    }
    checkSchemes(global.metric_name_validation_scheme, global.metric_name_escaping_scheme, context);
  });

/** A section written without keys means its defaults. */
export const globalSchema = z.preprocess((section) => section ?? {}, globalKeys).prefault({});

export type GlobalConfig = z.output<typeof globalSchema>;

function checkSchemes(
  validation: string | undefined,
  escaping: string | undefined,
  context: z.core.$RefinementCtx,
  path: readonly (string | number)[] = [],
): void {
  if (validation === 'legacy' && escaping === 'allow-utf-8') {
    context.addIssue({
      code: 'custom',
      path: [...path, 'metric_name_escaping_scheme'],
      message: 'utf8 metric names requested but validation scheme is not set to UTF8',
    });
  }
}

export const scrapeConfigSchema = z
  .strictObject(
    {
      job_name: z
        .string({ error: 'job_name is empty; name the job' })
        .refine((name) => name !== '', { error: 'job_name is empty; name the job' }),
      scrape_interval: positiveDurationMs.optional(),
      scrape_timeout: positiveDurationMs.optional(),
      metrics_path: z.string().default('/metrics'),
      scheme: z.enum(['http', 'https'], { error: 'must be http or https' }).default('http'),
      params: z
        .record(z.string(), z.array(z.string()))
        .nullish()
        .transform((params): Readonly<Record<string, readonly string[]>> => params ?? {}),
      honor_labels: z.boolean().default(false),
      honor_timestamps: z.boolean().default(true),
      track_timestamps_staleness: z.boolean().default(false),
      enable_compression: z.boolean().default(true),
      fallback_scrape_protocol: protocol.optional(),
      relabel_configs: relabelConfigs,
      metric_relabel_configs: relabelConfigs,
      native_histogram_bucket_limit: limit.default(0),
      native_histogram_min_bucket_factor: z
        .number()
        .min(0, { error: 'cannot be negative; 0 means no limit' })
        .default(0),
      /** The name before Prometheus 3. */
      scrape_classic_histograms: z.boolean().optional(),
      ...inheritedShape,
      ...httpClientShape,
      ...discoveryShape,
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'empty or null scrape config section; write its keys or remove the dash'
          : undefined,
    },
  )
  .superRefine((config, context) => checkHttpClient(config, context));

export type ScrapeConfig = z.output<typeof scrapeConfigSchema>;

/** Vedette's own section `scrape`: what Prometheus decides by feature flags. */
const scrapeSection = z
  .strictObject({
    start_timestamps: z.enum(['ignore', 'store', 'zero'], { error: 'must be ignore, store or zero' }).default('ignore'),
  })
  .prefault({});

export type ScrapeSection = z.output<typeof scrapeSection>;

/** The keys of the root document that belong to receiving; `app` spreads them into its own schema. */
export const receiveShape = {
  global: globalSchema,
  scrape_configs: z
    .array(scrapeConfigSchema)
    .nullish()
    .transform((configs): readonly ScrapeConfig[] => configs ?? []),
  scrape_config_files: z
    .array(
      z.string().refine((file) => !/[*?[]/.test(file.slice(0, file.lastIndexOf('/') + 1)), {
        error: 'wildcards are allowed in the last part of the path only',
      }),
    )
    .nullish()
    .transform((files): readonly string[] => files ?? []),
  scrape: scrapeSection,
  agent: refused('agent is not supported: Vedette always stores'),
};

export interface ReceiveSections {
  readonly global: GlobalConfig;
  readonly scrape_configs: readonly ScrapeConfig[];
  readonly scrape_config_files: readonly string[];
  readonly scrape: ScrapeSection;
}

/** Rules across sections; `app` calls it in the root schema's superRefine, so that faults carry their position. */
export function checkReceive(
  sections: Pick<ReceiveSections, 'global' | 'scrape_configs'>,
  context: z.core.$RefinementCtx,
  jobs: Set<string> = new Set(),
): void {
  // Where a value is wrong by itself, what was to be made of it was not made: relabelling can be tried when that is mended.
  const isSound = context.issues.length === 0;
  for (const [i, config] of sections.scrape_configs.entries()) {
    if (jobs.has(config.job_name)) {
      context.addIssue({
        code: 'custom',
        path: ['scrape_configs', i, 'job_name'],
        message: `found multiple scrape configs with job name "${config.job_name}"; give each its own name`,
      });
    }
    jobs.add(config.job_name);
    const interval = config.scrape_interval ?? sections.global.scrape_interval;
    if (config.scrape_timeout !== undefined && config.scrape_timeout > interval) {
      context.addIssue({
        code: 'custom',
        path: ['scrape_configs', i, 'scrape_timeout'],
        message: `scrape timeout ${formatDuration(config.scrape_timeout)} is greater than the scrape interval ${formatDuration(interval)} of job "${config.job_name}"`,
      });
    }
    checkSchemes(
      config.metric_name_validation_scheme ?? sections.global.metric_name_validation_scheme,
      config.metric_name_escaping_scheme ?? sections.global.metric_name_escaping_scheme,
      context,
      ['scrape_configs', i],
    );
    if (!isSound) continue;
    const resolved = resolveScrapeConfig(sections.global, config, { start_timestamps: 'ignore' });
    checkStaticTargets(resolved, ['scrape_configs', i], context);
  }
}

/** A scrape config with everything inherited filled in; 0 means "no limit" in every limit. */
export interface ScrapePoolConfig extends Omit<ScrapeConfig, 'scrape_protocols'> {
  readonly scrape_interval: number;
  readonly scrape_timeout: number;
  readonly body_size_limit: number;
  readonly sample_limit: number;
  readonly target_limit: number;
  readonly label_limit: number;
  readonly label_name_length_limit: number;
  readonly label_value_length_limit: number;
  readonly keep_dropped_targets: number;
  readonly extra_scrape_metrics: boolean;
  readonly scrape_protocols: readonly ScrapeProtocol[];
  readonly metric_name_validation_scheme: 'utf8' | 'legacy';
  readonly metric_name_escaping_scheme: 'allow-utf-8' | 'underscores' | 'dots' | 'values';
  readonly scrape_native_histograms: boolean;
  readonly always_scrape_classic_histograms: boolean;
  readonly convert_classic_histograms_to_nhcb: boolean;
  readonly start_timestamps: ScrapeSection['start_timestamps'];
}

export type ScrapeProtocol = (typeof PROTOCOLS)[number];

/** Preferred first. Protobuf comes before all when something is wanted that only it can say. */
const PROTOCOLS_DEFAULT: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

export function resolveScrapeConfig(
  global: GlobalConfig,
  config: ScrapeConfig,
  section: ScrapeSection,
): ScrapePoolConfig {
  const native = config.scrape_native_histograms ?? global.scrape_native_histograms ?? false;
  const validation = config.metric_name_validation_scheme ?? global.metric_name_validation_scheme ?? 'utf8';
  const interval = config.scrape_interval ?? global.scrape_interval;
  const inheritedTimeout = global.scrape_timeout ?? SCRAPE_TIMEOUT_DEFAULT_MS;
  return {
    ...config,
    scrape_interval: interval,
    scrape_timeout: config.scrape_timeout ?? Math.min(inheritedTimeout, interval),
    body_size_limit: config.body_size_limit ?? global.body_size_limit ?? 0,
    sample_limit: config.sample_limit ?? global.sample_limit ?? 0,
    target_limit: config.target_limit ?? global.target_limit ?? 0,
    label_limit: config.label_limit ?? global.label_limit ?? 0,
    label_name_length_limit: config.label_name_length_limit ?? global.label_name_length_limit ?? 0,
    label_value_length_limit: config.label_value_length_limit ?? global.label_value_length_limit ?? 0,
    keep_dropped_targets: config.keep_dropped_targets ?? global.keep_dropped_targets ?? 0,
    extra_scrape_metrics: config.extra_scrape_metrics ?? global.extra_scrape_metrics ?? false,
    scrape_protocols:
      config.scrape_protocols ??
      global.scrape_protocols ??
      (native || section.start_timestamps !== 'ignore' ? ['PrometheusProto', ...PROTOCOLS_DEFAULT] : PROTOCOLS_DEFAULT),
    metric_name_validation_scheme: validation,
    metric_name_escaping_scheme:
      config.metric_name_escaping_scheme ??
      global.metric_name_escaping_scheme ??
      (validation === 'utf8' ? 'allow-utf-8' : 'underscores'),
    scrape_native_histograms: native,
    always_scrape_classic_histograms:
      config.always_scrape_classic_histograms ??
      config.scrape_classic_histograms ??
      global.always_scrape_classic_histograms ??
      false,
    convert_classic_histograms_to_nhcb:
      config.convert_classic_histograms_to_nhcb ?? global.convert_classic_histograms_to_nhcb ?? false,
    start_timestamps: section.start_timestamps,
  };
}

/** What the receiver runs. File names in it are absolute. */
export interface ReceiveConfig {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly pools: readonly ScrapePoolConfig[];
}
