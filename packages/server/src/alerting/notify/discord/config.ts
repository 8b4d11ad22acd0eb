import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { httpConfigOf } from '../config-parts.ts';
import { checkWebhookAddress, httpReceiver, text, webhookAddress } from '../settings.ts';

/** One entry of `discord_configs`. */
export const discordConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      ...webhookAddress,
      content: text.default(''),
      title: text.default('{{ template "discord.default.title" . }}'),
      message: text.default('{{ template "discord.default.message" . }}'),
      username: text.default(''),
      avatar_url: text.default(''),
    })
    .superRefine(checkWebhookAddress)
    .transform((config) => ({ ...config, http_config: httpConfigOf(config.http_config, global) }));

export type DiscordConfig = z.output<ReturnType<typeof discordConfig>>;
