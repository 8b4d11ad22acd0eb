import { z } from 'zod';
import { secret } from '../../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import {
  attemptTimeout,
  atMostOne,
  httpConfig,
  httpConfigOf,
  httpUrl,
  isSet,
  orNone,
  problem,
} from '../config-parts.ts';

const EVENTS_V2 = 'https://events.pagerduty.com/v2/enqueue';

/** Present in every event's details unless the file has keys of the same names. */
const DETAILS: Readonly<Record<string, unknown>> = {
  firing: '{{ .Alerts.Firing | toJson }}',
  resolved: '{{ .Alerts.Resolved | toJson }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
};

const image = z.strictObject({
  src: z.string().default(''),
  alt: z.string().default(''),
  href: z.string().default(''),
});
const link = z.strictObject({ href: z.string().default(''), text: z.string().default('') });

/** One entry of `pagerduty_configs`. Spec: Alertmanager documentation, `<pagerduty_config>`. */
export const pagerdutyConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(true),
      http_config: httpConfig,
      /** An integration of type "Prometheus" or "Events API v1"; it makes the notifier speak version 1. */
      service_key: secret.optional(),
      service_key_file: z.string().optional(),
      routing_key: secret.optional(),
      routing_key_file: z.string().optional(),
      url: httpUrl.optional(),
      client: z.string().default('{{ template "pagerduty.default.client" . }}'),
      client_url: z.string().default('{{ template "pagerduty.default.clientURL" . }}'),
      description: z.string().default('{{ template "pagerduty.default.description" .}}'),
      /** Texts are templates; lists and mappings too. */
      details: z.record(z.string(), z.unknown()).default({}),
      images: z.array(image).default([]),
      links: z.array(link).default([]),
      source: z.string().optional(),
      severity: z.string().optional(),
      class: z.string().default(''),
      component: z.string().default(''),
      group: z.string().default(''),
      timeout: attemptTimeout,
    })
    .superRefine((config, context) => {
      const keys = [config.service_key, config.service_key_file, config.routing_key, config.routing_key_file];
      if (!keys.some((key) => isSet(key)))
        problem(context, 'routing_key', 'missing service or routing key in PagerDuty config');
      atMostOne(context, config, 'routing_key', 'routing_key_file');
      atMostOne(context, config, 'service_key', 'service_key_file');
    })
    .transform((config) => ({
      ...config,
      http_config: httpConfigOf(config.http_config, global),
      url: orNone(config.url) ?? orNone(global.pagerduty_url) ?? EVENTS_V2,
      service_key: orNone(config.service_key),
      service_key_file: orNone(config.service_key_file),
      routing_key: orNone(config.routing_key),
      routing_key_file: orNone(config.routing_key_file),
      source: orNone(config.source) ?? config.client,
      severity: orNone(config.severity) ?? 'error',
      details: { ...DETAILS, ...config.details },
    }));

export type PagerdutyConfig = z.output<ReturnType<typeof pagerdutyConfig>>;
