import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, list, optionalSecret, optionalText, text, url } from '../settings.ts';

const API_URL_DEFAULT = 'https://open.rocket.chat/';

const field = z.strictObject({ short: z.boolean().optional(), title: text.default(''), value: text.default('') });

/** Alertmanager's file spells these keys without underscores; only `text`, `url` and `msg` reach Rocket.Chat. */
const action = z.strictObject({
  type: text.default('button'),
  text: text.default(''),
  url: text.default(''),
  imageurl: text.default(''),
  iswebview: z.boolean().default(false),
  webviewheightratio: text.default(''),
  msg: text.default(''),
  msginchatwindow: z.boolean().default(false),
  msgprocessingtype: text.default(''),
});

/** One entry of `rocketchat_configs`. */
export const rocketchatConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(false),
      api_url: url.optional(),
      token_id: optionalSecret,
      token_id_file: optionalText,
      token: optionalSecret,
      token_file: optionalText,
      channel: text.default(''),
      color: text.default('{{ if eq .Status "firing" }}red{{ else }}green{{ end }}'),
      title: text.default('{{ template "rocketchat.default.title" . }}'),
      title_link: text.default('{{ template "rocketchat.default.titlelink" . }}'),
      text: text.default('{{ template "rocketchat.default.text" . }}'),
      fields: list(field),
      short_fields: z.boolean().default(false),
      emoji: text.default('{{ template "rocketchat.default.emoji" . }}'),
      icon_url: text.default('{{ template "rocketchat.default.iconurl" . }}'),
      image_url: text.default(''),
      thumb_url: text.default(''),
      link_names: z.boolean().default(false),
      actions: list(action),
    })
    .superRefine((config, context) => {
      atMostOne(context, config, 'token', 'token_file');
      atMostOne(context, config, 'token_id', 'token_id_file');
      const lacks = (...values: readonly Parameters<typeof isSet>[0][]): boolean => !values.some(isSet);
      if (lacks(config.token, config.token_file, global.rocketchat_token, global.rocketchat_token_file))
        problem(context, 'token', 'no global Rocketchat Token set either inline or in a file');
      else if (
        lacks(config.token_id, config.token_id_file, global.rocketchat_token_id, global.rocketchat_token_id_file)
      )
        problem(context, 'token_id', 'no global Rocketchat TokenID set either inline or in a file');
    })
    .transform((config) => {
      const hasToken = isSet(config.token) || isSet(config.token_file);
      const hasId = isSet(config.token_id) || isSet(config.token_id_file);
      return {
        ...config,
        api_url: config.api_url ?? global.rocketchat_api_url ?? API_URL_DEFAULT,
        token: hasToken ? config.token : global.rocketchat_token,
        token_file: hasToken ? config.token_file : global.rocketchat_token_file,
        token_id: hasId ? config.token_id : global.rocketchat_token_id,
        token_id_file: hasId ? config.token_id_file : global.rocketchat_token_id_file,
        http_config: httpConfigOf(config.http_config, global),
      };
    });

export type RocketchatConfig = z.output<ReturnType<typeof rocketchatConfig>>;
