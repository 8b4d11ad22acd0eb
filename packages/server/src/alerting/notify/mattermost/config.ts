import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, list, text, webhookAddress } from '../settings.ts';

const field = z.strictObject({
  title: text.default('').refine((title) => title !== '', { error: 'missing title in Mattermost field configuration' }),
  value: text.default('').refine((value) => value !== '', { error: 'missing value in Mattermost field configuration' }),
  short: z.boolean().optional(),
});

const attachmentTexts = {
  pretext: text.default(''),
  author_name: text.default(''),
  author_link: text.default(''),
  author_icon: text.default(''),
  fields: list(field),
  thumb_url: text.default(''),
  footer: text.default(''),
  footer_icon: text.default(''),
  image_url: text.default(''),
};

const attachment = z.strictObject({
  fallback: text.default(''),
  color: text.default(''),
  text: text.default(''),
  title: text.default(''),
  title_link: text.default(''),
  ...attachmentTexts,
});

export type MattermostAttachment = z.output<typeof attachment>;

/** One entry of `mattermost_configs`. Spec: developers.mattermost.com, "Incoming webhooks". */
export const mattermostConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      ...webhookAddress,
      channel: text.default(''),
      username: text.default('{{ template "mattermost.default.username" . }}'),
      text: text.default('{{ template "mattermost.default.text" . }}'),
      fallback: text.default('{{ template "mattermost.default.fallback" . }}'),
      color: text.default('{{ template "mattermost.default.color" . }}'),
      title: text.default('{{ template "mattermost.default.title" . }}'),
      title_link: text.default('{{ template "mattermost.default.titlelink" . }}'),
      ...attachmentTexts,
      icon_url: text.default(''),
      icon_emoji: text.default(''),
      attachments: list(attachment),
      type: text.default(''),
      props: z.strictObject({ card: text.default('') }).nullish(),
      priority: z
        .strictObject({
          priority: text.default(''),
          requested_ack: z.boolean().default(false),
          persistent_notifications: z.boolean().default(false),
        })
        .nullish(),
    })
    .superRefine((config, context) => {
      atMostOne(context, config, 'webhook_url', 'webhook_url_file');
      const hasOwn = isSet(config.webhook_url) || isSet(config.webhook_url_file);
      if (!hasOwn && !isSet(global.mattermost_webhook_url) && !isSet(global.mattermost_webhook_url_file))
        problem(context, 'webhook_url', 'no global Mattermost Webhook URL set either inline or in a file');
    })
    .transform((config) => {
      const hasOwn = isSet(config.webhook_url) || isSet(config.webhook_url_file);
      return {
        ...config,
        webhook_url: hasOwn ? config.webhook_url : global.mattermost_webhook_url,
        webhook_url_file: hasOwn ? config.webhook_url_file : global.mattermost_webhook_url_file,
        http_config: httpConfigOf(config.http_config, global),
      };
    });

export type MattermostConfig = z.output<ReturnType<typeof mattermostConfig>>;
