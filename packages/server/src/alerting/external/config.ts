import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';
import { authorization, basicAuth } from '../config/http-auth.ts';
import { ARRIVAL, refusedKey } from '../config/refused-key.ts';

const DISCOVERY = [
  'azure',
  'consul',
  'dns',
  'docker',
  'ec2',
  'file',
  'gce',
  'http',
  'kubernetes',
  'nomad',
  'openstack',
] as const;

const otherDiscovery = Object.fromEntries(
  DISCOVERY.map((kind) => [`${kind}_sd_configs`, refusedKey(`${kind}_sd_configs`, ARRIVAL.staticOnly)]),
);

/** One entry of Prometheus's `alerting.alertmanagers`. */
export const externalAlertmanagerConfig = z.strictObject({
  static_configs: z
    .array(
      z.strictObject({
        targets: z.array(
          z.string().regex(/^[^/\s@]+(?::\d+)?$/, { error: 'must be host:port without a scheme or path' }),
        ),
        labels: z.record(z.string(), z.string()).optional(),
      }),
    )
    .default([]),
  scheme: z.enum(['http', 'https']).default('http'),
  path_prefix: z.string().default(''),
  timeout: positiveDurationMs.prefault('10s'),
  api_version: z
    .literal('v2', { error: 'only v2 exists in current Alertmanagers; write v2 or remove the key' })
    .default('v2'),
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  follow_redirects: z.boolean().optional(),
  ...otherDiscovery,
  proxy_url: refusedKey('proxy_url', ARRIVAL.withHttp),
  oauth2: refusedKey('oauth2', ARRIVAL.withHttp),
  sigv4: refusedKey('sigv4', ARRIVAL.withHttp),
  tls_config: refusedKey('tls_config', ARRIVAL.withHttp),
  relabel_configs: refusedKey('relabel_configs', ARRIVAL.withHttp),
  alert_relabel_configs: refusedKey('alert_relabel_configs', ARRIVAL.withHttp),
});

export type ExternalAlertmanagerConfig = z.output<typeof externalAlertmanagerConfig>;
