import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { httpConfigOf } from '../config-parts.ts';
import { checkWebhookAddress, httpReceiver, text, webhookAddress } from '../settings.ts';

/** One entry of `msteamsv2_configs`. */
export const msteamsv2Config = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      ...webhookAddress,
      title: text.default('{{ template "msteamsv2.default.title" . }}'),
      text: text.default('{{ template "msteamsv2.default.text" . }}'),
    })
    .superRefine(checkWebhookAddress)
    .transform((config) => ({ ...config, http_config: httpConfigOf(config.http_config, global) }));

export type Msteamsv2Config = z.output<ReturnType<typeof msteamsv2Config>>;
