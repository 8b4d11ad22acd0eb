import { z } from 'zod';
import { type Secret, durationMs, secret } from '../../base/config-schema.ts';
import { type HttpClientConfig, httpClientConfig, httpClientShape } from '../../base/http-client/index.ts';
import { secretUrl } from '../config/http-auth.ts';
import type { AlertmanagerGlobal } from '../config/model.ts';

/** Building blocks for the settings of receivers: what a key may hold, and what a kind takes from `global`. */

/** A text, which may be a template; a bare number or truth value counts as its spelling, nothing as the empty text. */
export const text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be a text' })
  .nullable()
  .transform((value) => String(value ?? ''));

export const optionalText = text.optional().transform((value) => (value === '' ? undefined : value));

/** Empty means not set, as in Alertmanager. */
export const optionalSecret = z
  .union([z.string(), z.number()], { error: 'must be a text' })
  .nullish()
  .transform((value) => (value === undefined || value === null ? '' : String(value)))
  .pipe(secret)
  .transform((value): Secret | undefined => (value.reveal() === '' ? undefined : value));

export const optionalSecretUrl = secretUrl.optional();

/** An http or https address without secrets in it; written as it is shown. */
export const url = z
  .string({ error: 'must be an http or https URL' })
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), {
    error: 'must be an http or https URL such as https://api.example',
  });

/** 0s: only group_interval limits an attempt. */
export const timeout = durationMs.prefault('0s');

/** Keys that every kind over HTTP has. */
export const httpReceiver = (sendResolved: boolean) => ({
  send_resolved: z.boolean().default(sendResolved),
  http_config: httpClientConfig(httpClientShape).nullish(),
});

/** What Alertmanager uses where neither the receiver nor `global` says anything. */
const HTTP_DEFAULT: HttpClientConfig = { follow_redirects: true };

/** The receiver's own `http_config`, else that of `global`: as a whole, never mixed. */
export function httpConfigOf(own: HttpClientConfig | null | undefined, global: AlertmanagerGlobal): HttpClientConfig {
  return own ?? global.http_config ?? HTTP_DEFAULT;
}

/** Whether a setting says something. */
export function isSet(value: string | Secret | undefined): boolean {
  if (value === undefined) return false;
  return typeof value === 'string' ? value !== '' : value.reveal() !== '';
}

/** Refuses a secret that is written and also named by a file, in Alertmanager's words. */
export function atMostOne<Key extends string>(
  settings: Readonly<Partial<Record<Key, string | Secret | undefined>>>,
  written: Key,
  file: Key,
  context: z.core.$RefinementCtx,
): void {
  if (isSet(settings[written]) && isSet(settings[file]))
    refuse(context, written, `at most one of ${written} & ${file} must be configured`);
}

export function refuse(context: z.core.$RefinementCtx, key: string, message: string): void {
  context.addIssue({ code: 'custom', path: [key], message });
}

/** Webhook address of a chat: it is a secret, or in a file. */
export const webhookAddress = { webhook_url: optionalSecretUrl, webhook_url_file: optionalText };

export interface WebhookAddress {
  readonly webhook_url?: Secret | undefined;
  readonly webhook_url_file?: string | undefined;
}

/** Exactly one must be there. */
export function checkWebhookAddress(address: WebhookAddress, context: z.core.$RefinementCtx): void {
  const { webhook_url: written, webhook_url_file: file } = address;
  if (!isSet(written) && !isSet(file))
    refuse(context, 'webhook_url', 'one of webhook_url or webhook_url_file must be configured');
  atMostOne({ webhook_url: written, webhook_url_file: file }, 'webhook_url', 'webhook_url_file', context);
}
