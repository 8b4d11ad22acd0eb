import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';
import { checkHttpClient, httpClientShape } from '../../base/http-client/index.ts';
import { FILES_MAX, IMPORTS_MAX } from './limits.ts';

export const IMPORT_KINDS = ['frigate', 'mediamtx', 'go2rtc'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** Answers are a few hundred kilobytes; a new camera may be a minute late. */
const IMPORT_INTERVAL_DEFAULT = '60s';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const credentialsReference = z.strictObject({
  username: z.string().optional(),
  password_env: z.string().min(1).optional(),
  password_file: z.string().min(1).optional(),
});

const httpAddress = z.string().superRefine((text, context) => {
  const issue = (message: string): void => context.addIssue({ code: 'custom', message });
  // The text is not repeated in messages: it may hold a password.
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    issue('not an address of http:// or https://; write it as http://frigate.example:5000');
    return;
  }
  const { username, password } = new URL(text);
  if (username !== '' || password !== '')
    issue('must not contain a user and a password; write them as basic_auth beside it');
});

const importSchema = z
  .strictObject({
    /** In answers and labels; default: the kind. */
    name: z.string().regex(NAME, { error: 'use letters, digits, ".", "_" and "-"' }).optional(),
    kind: z.enum(IMPORT_KINDS, { error: 'must be frigate, mediamtx or go2rtc' }),
    /** Of its API: http://frigate:5000, http://mediamtx:9997, http://go2rtc:1984. */
    url: httpAddress,
    interval: positiveDurationMs.prefault(IMPORT_INTERVAL_DEFAULT),
    /** Their name → our id, for cameras that are not found by their stream addresses. */
    mapping: z.record(z.string(), z.string()).default({}),
    /** Id of a camera that matches none of ours: `{name}` is its name there. */
    id: z
      .string()
      .default('{name}')
      .refine((text) => text.includes('{name}'), { error: 'must contain {name}' }),
    /** Names there that are no cameras; `*` stands for any characters. */
    ignore: z.array(z.string()).default([]),
    /** Said of each of its cameras. */
    site: z.string().optional(),
    recorder: z.string().optional(),
    class: z.string().optional(),
    owner: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    /** For the cameras' own addresses, where the recorder does not tell them. */
    credentials: credentialsReference.optional(),
    /** Whether its cameras are probed: at their own addresses, through its restream, or not at all. */
    probe: z.enum(['camera', 'restream', 'off'], { error: 'must be camera, restream or off' }).default('camera'),
    /** Where its restreams are: rtsp://frigate:8554; default: its host, port 8554. */
    restream_url: z
      .string()
      .regex(/^rtsps?:\/\/[^/@\s]+$/i, { error: 'write it as rtsp://host:8554' })
      .optional(),
    ...httpClientShape,
  })
  .superRefine((value, context) => checkHttpClient(value, context));

/** The `fleet.inventory` section of the configuration. */
export const inventoryConfigSchema = z
  .strictObject({
    /** CSV and YAML files, folders and patterns (`sites/*.csv`), relative to the configuration file. */
    files: z.array(z.string().min(1)).max(FILES_MAX).default([]),
    /** How often changed files are looked for. */
    refresh_interval: positiveDurationMs.prefault('10s'),
    /** Classes of your own beside evidence, traffic and indoor. */
    classes: z.array(z.string().min(1)).max(100).default([]),
    /** What cameras over the API may refer to: password files of this folder … */
    credentials_folder: z.string().min(1).optional(),
    /** … and environment variables that begin like this. Files may refer to any. */
    credentials_env_prefix: z.string().min(1).default('CAMERA_'),
    imports: z
      .array(importSchema)
      .max(IMPORTS_MAX)
      .default([])
      .superRefine((imports, context) => {
        const seen = new Set<string>();
        for (const [i, one] of imports.entries()) {
          const name = importName(one);
          if (seen.has(name))
            context.addIssue({
              code: 'custom',
              path: [i, 'name'],
              message: `another import is called "${name}"; give each a name of its own`,
            });
          seen.add(name);
        }
      }),
  })
  .prefault({});

export type InventoryConfig = z.output<typeof inventoryConfigSchema>;
export type ImportConfig = z.output<typeof importSchema>;

export function importName({ name, kind }: { readonly name?: string | undefined; readonly kind: string }): string {
  return name ?? kind;
}
