import { z } from 'zod';
import { positiveDurationMs } from '../base/config-schema.ts';
import { parseListen } from '../http/index.ts';

/** Servers of one kind that are read. */
const SERVERS_MAX = 64;
const LISTED_MAX = 5_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const httpAddress = z.string().superRefine((text, context) => {
  const issue = (message: string): void => context.addIssue({ code: 'custom', message });
  // The text is not repeated: it may hold a password.
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    issue('must be an address that begins with http:// or https://');
  else if (url.username !== '' || url.password !== '')
    issue('must not hold a user or a password; name them beside it: credentials: {username, password_env}');
});

/** Where a secret is, never the secret. */
const credentials = z
  .strictObject({
    username: z.string().optional(),
    password_env: z.string().min(1).optional(),
    password_file: z.string().min(1).optional(),
    token_env: z.string().min(1).optional(),
    token_file: z.string().min(1).optional(),
  })
  .superRefine((value, context) => {
    const named = (['password_env', 'password_file', 'token_env', 'token_file'] as const).filter(
      (key) => value[key] !== undefined,
    );
    if (named.length !== 1)
      context.addIssue({
        code: 'custom',
        message: 'must name exactly one of password_env, password_file, token_env and token_file',
      });
    else if (value.username !== undefined && named[0]?.startsWith('token') === true)
      context.addIssue({ code: 'custom', path: ['username'], message: 'a token has no user; name a password instead' });
  });

export type CollectorCredentials = z.output<typeof credentials>;

/** What is the same for every server that is read. */
const server = {
  /** Label `instance` of its series; its host and port unless set. */
  name: z.string().regex(NAME, { error: 'use letters, digits, ".", "_" and "-"' }).optional(),
  credentials: credentials.optional(),
  insecure_tls: z.boolean().default(false),
  scrape_interval: positiveDurationMs.prefault('15s'),
  timeout: positiveDurationMs.prefault('5s'),
  /** Its name of a stream → id of the camera; others are called as it calls them. */
  cameras: z.record(z.string(), z.string().min(1)).default({}),
  /** Streams that `cameras` does not name are left out. */
  only_mapped: z.boolean().default(false),
  /** Further labels of all its series, such as `site`. */
  labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()).default({}),
};

const frigate = z.strictObject({
  url: httpAddress,
  ...server,
  /** Ask when each camera's newest recording ended: a small request per recorded camera and minute. */
  recordings: z.boolean().default(true),
  /** Count the error lines of its log. */
  logs: z.boolean().default(false),
});

const mediamtx = z
  .strictObject({
    /** Of its API, `http://mediamtx:9997`. */
    api_url: httpAddress.optional(),
    /** Of its metrics page, `http://mediamtx:9998`. */
    metrics_url: httpAddress.optional(),
    ...server,
    /** Figures by connection too; their ids are new with every connection. */
    connections: z.boolean().default(false),
  })
  .refine((value) => value.api_url !== undefined || value.metrics_url !== undefined, {
    error: 'must have api_url, metrics_url, or both',
  });

const go2rtc = z.strictObject({
  url: httpAddress,
  ...server,
  /** Have it connect to streams that nobody watches. */
  probe: z
    .strictObject({
      enabled: z.boolean().default(false),
      interval: positiveDurationMs.prefault('5m'),
      concurrency: z.number().int().min(1).max(64).default(4),
    })
    .prefault({}),
});

/** The servers of `inventory.imports`, read for what they tell of their cameras too. */
const recorders = z.strictObject({
  enabled: z.boolean().default(true),
  scrape_interval: positiveDurationMs.prefault('15s'),
  /** Frigate: ask when each camera's newest recording ended. */
  recordings: z.boolean().default(true),
  /** Frigate: count the error lines of its log. */
  logs: z.boolean().default(false),
});

const texts = z.array(z.string().min(1).max(512)).max(64);

const ffmpeg = z
  .strictObject({
    /** Processes of this machine; there are none to be found where there is no /proc. */
    enabled: z.boolean().default(true),
    scrape_interval: positiveDurationMs.prefault('15s'),
    /** Names of the programs, as /proc has them. */
    programs: z.array(z.string().min(1).max(15)).max(16).default(['ffmpeg']),
    /** How a process is matched beside the streams' addresses in the inventory. */
    match: z
      .array(
        z.strictObject({
          camera_id: z.string().min(1),
          addresses: texts.default([]),
          outputs: texts.default([]),
          patterns: texts.default([]),
        }),
      )
      .max(LISTED_MAX)
      .default([]),
    /** Files that ffmpeg writes its progress or its stderr to. */
    files: z
      .array(z.strictObject({ camera_id: z.string().min(1), path: z.string().min(1) }))
      .max(LISTED_MAX)
      .default([]),
    /** Where `-progress http://…` is received, such as 127.0.0.1:9601; unset: nowhere. */
    listen: z
      .string()
      .transform((text, context) => {
        const address = parseListen(text);
        if (address) return address;
        context.addIssue({ code: 'custom', message: 'must be host:port, such as 127.0.0.1:9601' });
        return z.NEVER;
      })
      .optional(),
    token_env: z.string().min(1).optional(),
    token_file: z.string().min(1).optional(),
  })
  .refine((value) => value.token_env === undefined || value.token_file === undefined, {
    error: 'must have at most one of token_env and token_file',
  });

const gpu = z.strictObject({
  /** `auto`: when nvidia-smi is installed or the kernel tells about a card. */
  enabled: z.union([z.boolean(), z.literal('auto')], { error: 'must be auto, true or false' }).default('auto'),
  scrape_interval: positiveDurationMs.prefault('5s'),
  /** nvidia-smi, and arguments before its own. */
  command: z.array(z.string().min(1)).min(1).max(64).default(['nvidia-smi']),
  format: z.enum(['csv', 'xml'], { error: 'must be csv or xml' }).default('csv'),
  /** Xid errors from /dev/kmsg, where it may be read. */
  kernel_log: z.boolean().default(true),
});

/** `fleet.collectors`: what is read beside the cameras themselves. */
export const fleetCollectorsShape = {
  recorders: recorders.prefault({}),
  /** Servers that no cameras are imported from, or whose pages are elsewhere. */
  frigate: z.array(frigate).max(SERVERS_MAX).default([]),
  mediamtx: z.array(mediamtx).max(SERVERS_MAX).default([]),
  go2rtc: z.array(go2rtc).max(SERVERS_MAX).default([]),
  ffmpeg: ffmpeg.prefault({}),
  gpu: gpu.prefault({}),
};

export const fleetCollectorsSchema = z.strictObject(fleetCollectorsShape).prefault({});

export type FleetCollectorsConfig = z.output<typeof fleetCollectorsSchema>;
