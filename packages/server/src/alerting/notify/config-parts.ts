import { z } from 'zod';
import { Secret } from '../../base/config-schema.ts';
import { type HttpClientConfig, httpClientConfig, httpClientShape } from '../../base/http-client/index.ts';
import type { AlertmanagerGlobal } from '../config/model.ts';
import { ATTEMPT_TIMEOUT_MS } from './attempt-timeout.ts';
import { goDurationMs } from './go-duration.ts';

/** Building blocks for the schemas of receivers: what Alertmanager's kinds have in common. */

const client = httpClientConfig(httpClientShape);

/** A receiver's `http_config`. */
export const httpConfig = client.optional();

const PLAIN_HTTP: HttpClientConfig = client.parse({});

/** The receiver's own `http_config`, else that of `global`, else a client without credentials; never mixed. */
export function httpConfigOf(own: HttpClientConfig | undefined, global: AlertmanagerGlobal): HttpClientConfig {
  return own ?? global.http_config ?? PLAIN_HTTP;
}

/** Milliseconds; 0 leaves it to group_interval. */
export const attemptTimeout = goDurationMs.prefault(`${ATTEMPT_TIMEOUT_MS}ms`);

/** Whether a value says anything: in Alertmanager's files an empty text is as good as none. */
export function isSet<T>(value: T | undefined): value is T {
  if (value === undefined || value === null || value === '') return false;
  return !(value instanceof Secret) || value.reveal() !== '';
}

/** The text unless it is empty. */
export const orNone = <T>(value: T | undefined): T | undefined => (isSet(value) ? value : undefined);

/** A problem at a key of the receiver. */
export function problem(context: z.core.$RefinementCtx, key: string | readonly (string | number)[], message: string) {
  context.addIssue({ code: 'custom', path: typeof key === 'string' ? [key] : [...key], message });
}

/** Alertmanager's rule for a secret and the file that may hold it instead. */
export function atMostOne(
  context: z.core.$RefinementCtx,
  config: Readonly<Record<string, unknown>>,
  one: string,
  other: string,
): void {
  if (isSet(config[one]) && isSet(config[other]))
    problem(context, one, `at most one of ${one} & ${other} must be configured`);
}

const isHttp = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '';

const KNOWN_SCHEMES: ReadonlySet<string> = new Set([
  'ftp',
  'ftps',
  'file',
  'ws',
  'wss',
  'mailto',
  'tcp',
  'udp',
  'unix',
]);
const URL_FAULT = 'must be an http or https URL such as https://pager.example/hook';

/** In Alertmanager's words where the scheme is the fault; a scheme that nobody knows may be half of a secret, and is not shown. */
function urlFault(input: unknown): string {
  const scheme = /^([a-z]+):/i.exec(String(input))?.[1]?.toLowerCase() ?? '';
  if (scheme === 'http' || scheme === 'https') return URL_FAULT;
  return `unsupported scheme "${KNOWN_SCHEMES.has(scheme) ? scheme : ''}" for URL: ${URL_FAULT}`;
}

/** An address that may be shown. */
export const httpUrl = z
  .string()
  .refine((text) => text === '' || isHttp(text), { error: ({ input }) => urlFault(input) });

/** An address that is itself a secret; an empty text means none. */
export const secretHttpUrl = z
  .string()
  .refine((text) => text === '' || (isHttp(text) && hasReadableUser(new URL(text))), {
    error: ({ input }) =>
      typeof input === 'string' && isHttp(input)
        ? 'has a user or password with a broken % escape; write % itself as %25'
        : `${urlFault(input)}; it is not shown here because it may hold a secret, which a *_file can hold instead`,
  })
  .transform((text) => new Secret(text));

function hasReadableUser({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}

/** The address with a slash at its end, so that paths can follow. */
export function withSlash(url: string): string {
  const parsed = new URL(url);
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  return parsed.href;
}
