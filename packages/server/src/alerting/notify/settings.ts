import { z } from 'zod';
import { type Secret, secret } from '../../base/config-schema.ts';
import { atMostOne, httpConfig, isSet, problem, secretHttpUrl } from './config-parts.ts';
import { goDurationMs } from './go-duration.ts';

/** Building blocks for the settings of chats and the like, beside those of `config-parts.ts`. */

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

/** An http or https address without secrets in it; written as it is shown. */
export const url = z
  .string({ error: 'must be an http or https URL' })
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), {
    error: 'must be an http or https URL such as https://api.example',
  });

/** A list, or none. */
export const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

/** Milliseconds; 0s: only group_interval limits an attempt. */
export const timeout = goDurationMs.prefault('0s');

/** Keys that every kind over HTTP has. */
export const httpReceiver = (sendResolved: boolean) => ({
  send_resolved: z.boolean().default(sendResolved),
  http_config: httpConfig,
});

/** Webhook address of a chat: it is a secret, or in a file. */
export const webhookAddress = { webhook_url: secretHttpUrl.optional(), webhook_url_file: optionalText };

export interface WebhookAddress {
  readonly webhook_url?: Secret | undefined;
  readonly webhook_url_file?: string | undefined;
}

/** Exactly one must be there. */
export function checkWebhookAddress(address: WebhookAddress, context: z.core.$RefinementCtx): void {
  if (!isSet(address.webhook_url) && !isSet(address.webhook_url_file))
    problem(context, 'webhook_url', 'one of webhook_url or webhook_url_file must be configured');
  atMostOne(context, { ...address }, 'webhook_url', 'webhook_url_file');
}
