import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, optionalSecret, optionalText, text, timeout, url } from '../settings.ts';

const API_URL_DEFAULT = 'https://api.telegram.org';

/** One entry of `telegram_configs`. */
export const telegramConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      api_url: url.optional(),
      bot_token: optionalSecret,
      bot_token_file: optionalText,
      /** Negative for groups; 0 counts as not set. */
      chat_id: z.int().optional(),
      chat_id_file: optionalText,
      /** Topic of a forum group. */
      message_thread_id: z.int().default(0),
      message: text.default('{{ template "telegram.default.message" . }}'),
      disable_notifications: z.boolean().default(false),
      parse_mode: text
        .pipe(
          z.enum(['', 'Markdown', 'MarkdownV2', 'HTML'], {
            error: 'unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string',
          }),
        )
        .default('HTML'),
      timeout,
    })
    .superRefine((config, context) => {
      atMostOne(context, config, 'bot_token', 'bot_token_file');
      const hasId = (config.chat_id ?? 0) !== 0;
      if (!hasId && !isSet(config.chat_id_file))
        problem(context, 'chat_id', 'missing chat_id or chat_id_file on telegram_config');
      if (hasId && isSet(config.chat_id_file))
        problem(context, 'chat_id', 'at most one of chat_id & chat_id_file must be configured');
      const hasToken = isSet(config.bot_token) || isSet(config.bot_token_file);
      if (!hasToken && !isSet(global.telegram_bot_token) && !isSet(global.telegram_bot_token_file))
        problem(context, 'bot_token', 'missing bot_token or bot_token_file on telegram_config');
    })
    .transform((config) => {
      const hasToken = isSet(config.bot_token) || isSet(config.bot_token_file);
      return {
        ...config,
        api_url: config.api_url ?? global.telegram_api_url ?? API_URL_DEFAULT,
        bot_token: hasToken ? config.bot_token : global.telegram_bot_token,
        bot_token_file: hasToken ? config.bot_token_file : global.telegram_bot_token_file,
        http_config: httpConfigOf(config.http_config, global),
      };
    });

export type TelegramConfig = z.output<ReturnType<typeof telegramConfig>>;
