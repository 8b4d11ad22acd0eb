import { z } from 'zod';
import { Secret } from '../../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import {
  attemptTimeout,
  atMostOne,
  httpConfig,
  httpConfigOf,
  isSet,
  orNone,
  problem,
  secretHttpUrl,
} from '../config-parts.ts';

const templated = z.string().transform((text) => new Secret(text));

/** May hold a template, which is checked when the receiver is opened; without one it must be an address. */
const templatedUrl = z.unknown().transform((value, context) => {
  const schema = typeof value === 'string' && value.includes('{{') ? templated : secretHttpUrl;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message } of parsed.error.issues) context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** One entry of `webhook_configs`. Spec: Alertmanager documentation, `<webhook_config>`. */
export const webhookConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(true),
      http_config: httpConfig,
      url: templatedUrl.optional(),
      url_file: z.string().optional(),
      /** 0 sends every alert of the group. */
      max_alerts: z.int().min(0).default(0),
      timeout: attemptTimeout,
      /** Takes the place of the JSON of version 4; its texts are templates. */
      payload: z.unknown().optional(),
    })
    .superRefine((config, context) => {
      if (!isSet(config.url) && !isSet(config.url_file))
        problem(context, 'url', 'one of url or url_file must be configured');
      atMostOne(context, config, 'url', 'url_file');
    })
    .transform((config) => ({
      ...config,
      url: orNone(config.url),
      url_file: orNone(config.url_file),
      http_config: httpConfigOf(config.http_config, global),
    }));

export type WebhookConfig = z.output<ReturnType<typeof webhookConfig>>;
