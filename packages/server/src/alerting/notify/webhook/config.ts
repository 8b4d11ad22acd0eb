import { z } from 'zod';
import { positiveDurationMs } from '../../../base/config-schema.ts';
import { authorization, basicAuth, secretUrl } from '../../config/http-auth.ts';
import { ARRIVAL, refusedKey } from '../../config/refused-key.ts';

const httpConfig = z.strictObject({
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  follow_redirects: z
    .literal(false, { error: 'redirects are not followed in this version; remove it or write false' })
    .optional(),
  tls_config: refusedKey('tls_config', ARRIVAL.withHttp),
  proxy_url: refusedKey('proxy_url', ARRIVAL.withHttp),
  oauth2: refusedKey('oauth2', ARRIVAL.withHttp),
  http_headers: refusedKey('http_headers', ARRIVAL.withHttp),
});

/** An answer slower than this counts as a failed attempt; Alertmanager leaves it to group_interval. */
const WEBHOOK_TIMEOUT_DEFAULT = '10s';

/** One entry of `webhook_configs`. */
export const webhookConfig = z.strictObject({
  url: secretUrl,
  send_resolved: z.boolean().default(true),
  /** 0 sends every alert of the group. */
  max_alerts: z.int().min(0).default(0),
  timeout: positiveDurationMs.prefault(WEBHOOK_TIMEOUT_DEFAULT),
  http_config: httpConfig.optional(),
  url_file: refusedKey('url_file', ARRIVAL.withReceivers),
  payload: refusedKey('payload', ARRIVAL.withReceivers),
});

export type WebhookConfig = z.output<typeof webhookConfig>;
