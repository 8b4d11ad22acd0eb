import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, optionalSecret, optionalText, timeout, url } from '../settings.ts';

/** One entry of `incidentio_configs`. */
export const incidentioConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      url: url.optional(),
      url_file: optionalText,
      alert_source_token: optionalSecret,
      alert_source_token_file: optionalText,
      /** 0 sends every alert of the group. */
      max_alerts: z.int().min(0).default(0),
      timeout,
    })
    .superRefine((config, context) => {
      if (config.url === undefined && !isSet(config.url_file))
        problem(context, 'url', 'one of url or url_file must be configured');
      atMostOne(context, config, 'url', 'url_file');
      atMostOne(context, config, 'alert_source_token', 'alert_source_token_file');
      const hasToken = isSet(config.alert_source_token) || isSet(config.alert_source_token_file);
      if (config.http_config?.authorization && hasToken)
        problem(
          context,
          'alert_source_token',
          'cannot specify alert_source_token or alert_source_token_file when using http_config.authorization',
        );
      // As Alertmanager: without an http_config of its own, the global one may carry the authorization.
      if (config.http_config && !config.http_config.authorization && !hasToken)
        problem(
          context,
          'alert_source_token',
          'at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured',
        );
    })
    .transform((config) => ({ ...config, http_config: httpConfigOf(config.http_config, global) }));

export type IncidentioConfig = z.output<ReturnType<typeof incidentioConfig>>;
