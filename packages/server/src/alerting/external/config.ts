import { z } from 'zod';
import { positiveDurationMs, refused } from '../../base/config-schema.ts';
import { checkHttpClient, httpClientShape, withAbsoluteFiles } from '../../base/http-client/index.ts';
import { discoveryShape, discoveryWithAbsoluteFiles, relabelConfigs } from '../../metrics/receive/index.ts';
import { addressFaults } from './external-targets.ts';

/** One entry of Prometheus's `alerting.alertmanagers`. */
export const externalAlertmanagerConfig = z
  .strictObject({
    ...discoveryShape,
    scheme: z.enum(['http', 'https']).default('http'),
    path_prefix: z.string().default(''),
    timeout: positiveDurationMs.prefault('10s'),
    api_version: z
      .literal('v2', { error: 'only v2 exists in current Alertmanagers; write v2 or remove the key' })
      .default('v2'),
    ...httpClientShape,
    /** Of the Alertmanagers themselves: `__address__`, `__scheme__`, `__alerts_path__` and what discovery knows. */
    relabel_configs: relabelConfigs.prefault([]),
    /** Of the alerts on their way to these Alertmanagers. */
    alert_relabel_configs: relabelConfigs.prefault([]),
    sigv4: refused('sigv4 is not supported: requests are not signed for a cloud; use basic_auth or authorization'),
  })
  .superRefine(checkHttpClient)
  .superRefine((config, context) => {
    // Where a value is wrong by itself, relabelling cannot be tried.
    if (context.issues.length > 0) return;
    for (const [path, address] of addressFaults(config))
      context.addIssue({
        code: 'custom',
        path: ['static_configs', ...path],
        message: `"${address}" must be host:port without a scheme or path, after relabel_configs`,
      });
  });

export type ExternalAlertmanagerConfig = z.output<typeof externalAlertmanagerConfig>;

/** File names in it count from `folder`, where the configuration file is. */
export function withFolder(config: ExternalAlertmanagerConfig, folder: string): ExternalAlertmanagerConfig {
  return discoveryWithAbsoluteFiles(withAbsoluteFiles(config, folder), folder);
}
