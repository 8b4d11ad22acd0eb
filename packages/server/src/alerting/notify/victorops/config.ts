import { z } from 'zod';
import { secret } from '../../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfig, httpConfigOf, httpUrl, isSet, orNone, problem, withSlash } from '../config-parts.ts';

const VICTOROPS_API = 'https://alert.victorops.com/integrations/generic/20131114/alert/';

/** Keys of the payload that the notifier fills in itself. */
const FIXED_FIELDS = [
  'routing_key',
  'message_type',
  'state_message',
  'entity_display_name',
  'monitoring_tool',
  'entity_id',
  'entity_state',
];

/** One entry of `victorops_configs`. Spec: Alertmanager documentation, `<victorops_config>`. */
export const victoropsConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(true),
      http_config: httpConfig,
      api_key: secret.optional(),
      api_key_file: z.string().optional(),
      api_url: httpUrl.optional(),
      routing_key: z.string().default(''),
      message_type: z.string().default('CRITICAL'),
      state_message: z.string().default('{{ template "victorops.default.state_message" . }}'),
      entity_display_name: z.string().default('{{ template "victorops.default.entity_display_name" . }}'),
      monitoring_tool: z.string().default('{{ template "victorops.default.monitoring_tool" . }}'),
      custom_fields: z.record(z.string(), z.string()).default({}),
    })
    .superRefine((config, context) => {
      if (config.routing_key === '') problem(context, 'routing_key', 'missing Routing key in VictorOps config');
      atMostOne(context, config, 'api_key', 'api_key_file');
      for (const name of FIXED_FIELDS) {
        if (Object.hasOwn(config.custom_fields, name))
          problem(
            context,
            ['custom_fields', name],
            `victorOps config contains custom field ${name} which cannot be used as it conflicts with the fixed/static fields`,
          );
      }
    })
    .transform((config, context) => {
      const own = isSet(config.api_key) || isSet(config.api_key_file);
      const key = orNone(own ? config.api_key : global.victorops_api_key);
      const keyFile = orNone(own ? config.api_key_file : global.victorops_api_key_file);
      if (key === undefined && keyFile === undefined) {
        problem(context, 'api_key', 'no global VictorOps API Key set');
        return z.NEVER;
      }
      return {
        ...config,
        http_config: httpConfigOf(config.http_config, global),
        api_key: key,
        api_key_file: keyFile,
        api_url: withSlash(orNone(config.api_url) ?? orNone(global.victorops_api_url) ?? VICTOROPS_API),
      };
    });

export type VictoropsConfig = z.output<ReturnType<typeof victoropsConfig>>;
