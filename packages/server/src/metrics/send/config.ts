import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { Secret, durationMs, positiveDurationMs, refused, sizeBytes } from '../../base/config-schema.ts';
import { checkHttpClient, httpClientShape, withAbsoluteFiles } from '../../base/http-client/index.ts';
import { relabelConfigs } from '../relabel/index.ts';

/** The section `remote_write` with Prometheus's names and defaults, and Vedette's own `remote_write_spool`. */

const REMOTE_TIMEOUT_MS = 30_000;
/** Fifteen hours of 10,000 samples a second. */
const SPOOL_MAX_BYTES = 5 * 1024 * 1024 * 1024;
const SPOOL_MIN_BYTES = 1024 * 1024;

const positive = (name: string): z.ZodNumber =>
  z
    .number()
    .int({ error: 'must be a whole number' })
    .min(1, { error: `remote write queue ${name} must be positive` });

const queueConfig = z
  .strictObject({
    capacity: positive('capacity').default(10_000),
    max_shards: positive('max_shards').default(50),
    min_shards: positive('min_shards').default(1),
    max_samples_per_send: positive('max_samples_per_send').default(2_000),
    batch_send_deadline: positiveDurationMs.default(5_000),
    min_backoff: positiveDurationMs.default(30),
    max_backoff: positiveDurationMs.default(5_000),
    /** Unlike Prometheus on unless switched off: what a busy remote refuses for the moment must not be lost. */
    retry_on_http_429: z.boolean().default(true),
    /** 0: everything is sent, however old. */
    sample_age_limit: durationMs.default(0),
  })
  .superRefine((queue, context) => {
    const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
    if (queue.min_shards > queue.max_shards)
      issue('min_shards', 'remote write queue min_shards must not be greater than max_shards');
    if (queue.max_backoff < queue.min_backoff)
      issue('max_backoff', 'remote write queue max_backoff must not be less than min_backoff');
  });

const metadataConfig = z.strictObject({
  send: z.boolean().default(true),
  send_interval: positiveDurationMs.default(60_000),
  max_samples_per_send: positive('metadata max_samples_per_send').default(2_000),
});

const headerText = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const HEADER_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Set by the sender or by HTTP. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'retry-attempt',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'www-authenticate',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-prometheus-remote-read-version',
  'x-prometheus-remote-write-version',
]);

const cloud = (name: string): z.ZodOptional<z.ZodUndefined> =>
  refused(
    `${name} is not supported: requests are not signed for a cloud; use basic_auth, authorization or oauth2, or a signing proxy in between`,
  );

const remote = z
  .strictObject(
    {
      url: z
        .string({ error: 'url for remote_write is empty' })
        .min(1, { error: 'url for remote_write is empty' })
        .refine((url) => parsedUrl(url) !== undefined || !/^https?:/i.test(url), { error: 'not a valid URL' }),
      name: z.string().optional(),
      remote_timeout: positiveDurationMs.default(REMOTE_TIMEOUT_MS),
      headers: z.record(z.string(), headerText).default({}),
      write_relabel_configs: relabelConfigs,
      send_exemplars: z.boolean().default(false),
      send_native_histograms: z.boolean().default(false),
      round_robin_dns: z.boolean().default(false),
      protobuf_message: z
        .enum(['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'], {
          error: 'invalid protobuf_message value: must be prometheus.WriteRequest or io.prometheus.write.v2.Request',
        })
        .default('prometheus.WriteRequest'),
      failed_request_logging: z.boolean().default(false),
      queue_config: queueConfig.prefault({}),
      metadata_config: metadataConfig.prefault({}),
      sigv4: cloud('sigv4'),
      azuread: cloud('azuread'),
      google_iam: cloud('google_iam'),
      ...httpClientShape,
      enable_http2: z.boolean().default(false),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'empty or null remote write config section; write its keys or remove the dash'
          : undefined,
    },
  )
  .superRefine((config, context) => {
    checkHttpClient(config, context);
    for (const name of Object.keys(config.headers)) {
      const lower = name.toLowerCase();
      const message =
        lower === 'authorization'
          ? 'authorization header must be changed via the basic_auth, authorization or oauth2 parameter'
          : RESERVED_HEADERS.has(lower)
            ? `${name} is a reserved header. It must not be changed`
            : HEADER_TOKEN.test(name)
              ? undefined
              : `"${name}" is not a valid header name`;
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: ['headers', name] });
    }
  })
  .transform(withoutUserInfo);

/** User and password of the address are credentials like others: kept as a secret, and never shown with the address. */
function withoutUserInfo<Config extends { readonly url: string; readonly basic_auth?: object | undefined }>(
  config: Config,
): Config {
  const url = parsedUrl(config.url);
  if (url === undefined || (url.username === '' && url.password === '')) return config;
  const basic = {
    username: decodeURIComponent(url.username),
    password: new Secret(decodeURIComponent(url.password)),
  };
  url.username = '';
  url.password = '';
  const others = ['authorization', 'oauth2', 'bearer_token', 'bearer_token_file'] as const;
  const taken = others.some((key) => (config as Readonly<Record<string, unknown>>)[key] !== undefined);
  return { ...config, url: url.href, ...(taken ? {} : { basic_auth: config.basic_auth ?? basic }) };
}

function parsedUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

export const remoteWriteSenders = z
  .array(remote)
  .nullish()
  .transform((configs): readonly RemoteConfig[] => configs ?? [])
  .superRefine((configs, context) => {
    const names = new Set<string>();
    for (const [i, { name }] of configs.entries()) {
      if (name === undefined) continue;
      if (names.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [i, 'name'],
          message: `found multiple remote write configs with name "${name}"; give each its own name`,
        });
      }
      names.add(name);
    }
    const known = new Set<string>();
    for (const [i, config] of configs.entries()) {
      const fingerprint = fingerprintOf(config);
      if (known.has(fingerprint)) {
        context.addIssue({
          code: 'custom',
          path: [i, 'url'],
          message: `duplicate remote write configs are not allowed, found duplicate for URL: ${config.url}`,
        });
      }
      known.add(fingerprint);
    }
  });

export type RemoteConfig = z.output<typeof remote>;

export const spoolSchema = z
  .strictObject({
    /** Of what is kept for remotes that are away; beyond it the oldest is dropped. */
    size_max: sizeBytes
      .refine((bytes) => bytes >= SPOOL_MIN_BYTES, { error: 'must be at least 1MB' })
      .default(SPOOL_MAX_BYTES),
  })
  .prefault({});

/** The keys of the root document that belong to sending; `app` spreads them into its own schema. */
export const sendShape = { remote_write: remoteWriteSenders, remote_write_spool: spoolSchema };

/** What the senders run. File names in it are absolute. */
export interface SendConfig {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly remotes: readonly RemoteConfig[];
  readonly spoolSizeMax: number;
}

export function resolveSend(
  sections: {
    readonly remote_write: readonly RemoteConfig[];
    readonly remote_write_spool: z.output<typeof spoolSchema>;
    readonly global: { readonly external_labels: Readonly<Record<string, string>> };
  },
  configFile: string,
): SendConfig {
  const folder = dirname(resolve(configFile));
  return {
    externalLabels: sections.global.external_labels,
    remotes: sections.remote_write.map((config) => withAbsoluteFiles(config, folder)),
    spoolSizeMax: sections.remote_write_spool.size_max,
  };
}

/** Addresses that nothing can be sent to, in words; Prometheus accepts them in the file as well. */
export function unusableUrl({ url }: Pick<RemoteConfig, 'url'>): string | undefined {
  return /^https?:\/\//i.test(url) ? undefined : `"${url}" has no http:// or https://: nothing can be sent there`;
}

/** Equal for equal configurations, secrets included; a hash, so that none can be read from it. */
export function fingerprintOf(config: object): string {
  const revealing = function (this: unknown, key: string, value: unknown): unknown {
    const raw = (this as Record<string, unknown>)[key];
    return raw instanceof Secret ? `secret ${raw.reveal()}` : value;
  };
  return createHash('sha256').update(JSON.stringify(config, revealing)).digest('hex');
}
