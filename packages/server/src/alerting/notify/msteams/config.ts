import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { httpConfigOf } from '../config-parts.ts';
import { checkWebhookAddress, httpReceiver, text, webhookAddress } from '../settings.ts';

/** One entry of `msteams_configs`. */
export const msteamsConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      ...webhookAddress,
      title: text.default('{{ template "msteams.default.title" . }}'),
      summary: text.default('{{ template "msteams.default.summary" . }}'),
      text: text.default('{{ template "msteams.default.text" . }}'),
    })
    .superRefine(checkWebhookAddress)
    .transform((config) => ({ ...config, http_config: httpConfigOf(config.http_config, global) }));

export type MsteamsConfig = z.output<ReturnType<typeof msteamsConfig>>;
