import { z } from 'zod';
import { secret } from '../../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfig, httpConfigOf, isSet, orNone, problem } from '../config-parts.ts';
import { goDurationMs } from '../go-duration.ts';

/** One entry of `pushover_configs`. Spec: Alertmanager documentation, `<pushover_config>`. */
export const pushoverConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(true),
      http_config: httpConfig,
      user_key: secret.optional(),
      user_key_file: z.string().optional(),
      token: secret.optional(),
      token_file: z.string().optional(),
      title: z.string().default('{{ template "pushover.default.title" . }}'),
      message: z.string().default('{{ template "pushover.default.message" . }}'),
      url: z.string().default('{{ template "pushover.default.url" . }}'),
      url_title: z.string().default(''),
      device: z.string().default(''),
      sound: z.string().default(''),
      /** 2 asks until somebody answers, every `retry` until `expire`. */
      priority: z.string().default('{{ if eq .Status "firing" }}2{{ else }}0{{ end }}'),
      retry: goDurationMs.prefault('1m'),
      expire: goDurationMs.prefault('1h'),
      ttl: goDurationMs.prefault('0s'),
      html: z.boolean().default(false),
      monospace: z.boolean().default(false),
    })
    .superRefine((config, context) => {
      for (const name of ['user_key', 'token'] as const) {
        if (!isSet(config[name]) && !isSet(config[`${name}_file`]))
          problem(context, name, `one of ${name} or ${name}_file must be configured`);
        atMostOne(context, config, name, `${name}_file`);
      }
      if (config.html && config.monospace)
        problem(context, 'monospace', 'at most one of monospace & html must be configured');
    })
    .transform((config) => ({
      ...config,
      http_config: httpConfigOf(config.http_config, global),
      user_key: orNone(config.user_key),
      user_key_file: orNone(config.user_key_file),
      token: orNone(config.token),
      token_file: orNone(config.token_file),
    }));

export type PushoverConfig = z.output<ReturnType<typeof pushoverConfig>>;
