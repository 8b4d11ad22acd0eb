import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, optionalSecret, optionalText, text, url } from '../settings.ts';

const API_URL_DEFAULT = 'https://qyapi.weixin.qq.com/cgi-bin/';

/** One entry of `wechat_configs`. */
export const wechatConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(false),
      api_url: url.optional(),
      api_secret: optionalSecret,
      api_secret_file: optionalText,
      corp_id: optionalText,
      message: text.default('{{ template "wechat.default.message" . }}'),
      to_user: text.default('{{ template "wechat.default.to_user" . }}'),
      to_party: text.default('{{ template "wechat.default.to_party" . }}'),
      to_tag: text.default('{{ template "wechat.default.to_tag" . }}'),
      agent_id: text.default('{{ template "wechat.default.agent_id" . }}'),
      message_type: text
        .transform((type) => (type === '' ? 'text' : type))
        .refine((type) => type === 'text' || type === 'markdown', {
          error: 'weChat message type does not match valid options ^(text|markdown)$',
        })
        .default('text'),
    })
    .superRefine((config, context) => {
      atMostOne(context, config, 'api_secret', 'api_secret_file');
      const hasOwn = isSet(config.api_secret) || isSet(config.api_secret_file);
      if (!hasOwn && !isSet(global.wechat_api_secret) && !isSet(global.wechat_api_secret_file))
        problem(context, 'api_secret', 'no global Wechat Api Secret set either inline or in a file');
      else if (!isSet(config.corp_id) && !isSet(global.wechat_api_corp_id))
        problem(context, 'corp_id', 'no global Wechat CorpID set');
    })
    .transform((config) => {
      const hasOwn = isSet(config.api_secret) || isSet(config.api_secret_file);
      return {
        ...config,
        api_url: config.api_url ?? global.wechat_api_url ?? API_URL_DEFAULT,
        api_secret: hasOwn ? config.api_secret : global.wechat_api_secret,
        api_secret_file: hasOwn ? config.api_secret_file : global.wechat_api_secret_file,
        corp_id: config.corp_id ?? global.wechat_api_corp_id ?? '',
        http_config: httpConfigOf(config.http_config, global),
      };
    });

export type WechatConfig = z.output<ReturnType<typeof wechatConfig>>;
