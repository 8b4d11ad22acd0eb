import { z } from 'zod';
import { secret } from '../../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfig, httpConfigOf, httpUrl, isSet, orNone, problem, withSlash } from '../config-parts.ts';

const OPSGENIE_API = 'https://api.opsgenie.com/';
const RESPONDER_TYPES = ['team', 'teams', 'user', 'escalation', 'schedule'];

/** One of id, name and username; a template in `type` is decided when it is filled in. */
const responder = z
  .strictObject({
    id: z.string().default(''),
    name: z.string().default(''),
    username: z.string().default(''),
    type: z.string().default(''),
  })
  .superRefine((value, context) => {
    if (value.id === '' && value.name === '' && value.username === '')
      problem(context, 'name', 'opsGenieConfig responder has to have at least one of id, username or name specified');
    if (!value.type.includes('{{') && !RESPONDER_TYPES.includes(value.type.toLowerCase()))
      problem(
        context,
        'type',
        `opsGenieConfig responder type "${value.type}" does not match valid options ${RESPONDER_TYPES.join(', ')}`,
      );
  })
  .transform((value) => (value.type.includes('{{') ? value : { ...value, type: value.type.toLowerCase() }));

/** One entry of `opsgenie_configs`. Spec: Alertmanager documentation, `<opsgenie_config>`. */
export const opsgenieConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(true),
      http_config: httpConfig,
      api_key: secret.optional(),
      api_key_file: z.string().optional(),
      api_url: httpUrl.optional(),
      message: z.string().default('{{ template "opsgenie.default.message" . }}'),
      description: z.string().default('{{ template "opsgenie.default.description" . }}'),
      source: z.string().default('{{ template "opsgenie.default.source" . }}'),
      details: z.record(z.string(), z.string()).default({}),
      entity: z.string().default(''),
      responders: z.array(responder).default([]),
      actions: z.string().default(''),
      tags: z.string().default(''),
      note: z.string().default(''),
      priority: z.string().default(''),
      /** Sends message and description again when the group changes, to alerts that are open. */
      update_alerts: z.boolean().default(false),
    })
    .superRefine((config, context) => atMostOne(context, config, 'api_key', 'api_key_file'))
    .transform((config, context) => {
      const own = isSet(config.api_key) || isSet(config.api_key_file);
      const key = orNone(own ? config.api_key : global.opsgenie_api_key);
      const keyFile = orNone(own ? config.api_key_file : global.opsgenie_api_key_file);
      if (key === undefined && keyFile === undefined) {
        problem(context, 'api_key', 'no global OpsGenie API Key set either inline or in a file');
        return z.NEVER;
      }
      return {
        ...config,
        http_config: httpConfigOf(config.http_config, global),
        api_key: key,
        api_key_file: keyFile,
        api_url: withSlash(orNone(config.api_url) ?? orNone(global.opsgenie_api_url) ?? OPSGENIE_API),
      };
    });

export type OpsgenieConfig = z.output<ReturnType<typeof opsgenieConfig>>;
