import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { httpConfigOf, problem } from '../config-parts.ts';
import { httpReceiver, text, url } from '../settings.ts';

const API_URL_DEFAULT = 'https://webexapis.com/v1/messages';

/** One entry of `webex_configs`. */
export const webexConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      api_url: url.optional(),
      message: text.default('{{ template "webex.default.message" . }}'),
      room_id: text.default(''),
    })
    .superRefine((config, context) => {
      if (config.room_id === '') problem(context, 'room_id', 'missing room_id on webex_config');
      // The token is the receiver's own: that of `global` is for other servers.
      if (!config.http_config?.authorization)
        problem(context, 'http_config', 'missing webex_configs.http_config.authorization');
    })
    .transform((config) => ({
      ...config,
      api_url: config.api_url ?? global.webex_api_url ?? API_URL_DEFAULT,
      http_config: httpConfigOf(config.http_config, global),
    }));

export type WebexConfig = z.output<ReturnType<typeof webexConfig>>;
