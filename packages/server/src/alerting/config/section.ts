import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../../base/config-schema.ts';
import { relabelConfigs } from '../../metrics/relabel/index.ts';
import { responseShape } from '../escalation/section.ts';
import { externalAlertmanagerConfig } from '../external/config.ts';
import { heartbeatConfig } from '../heartbeat/config.ts';
import { highAvailabilitySchema } from '../ha/config.ts';
import { historyConfigSchema } from '../history/config.ts';
import { parseNetwork } from '../notify/allowed-addresses.ts';
import { RECEIVER_KINDS } from '../notify/registry.ts';
import { INLINE_GLOBAL } from './inline-model.ts';
import type { AlertmanagerConfig } from './model.ts';
import { receiverSchema } from './receiver-section.ts';
import { ARRIVAL, refusedKey } from './refused-key.ts';

const network = z.string().refine((text) => parseNetwork(text) !== undefined, {
  error: 'must be a network such as 10.1.0.0/16 or fd00::/8, or public',
});

const labelName = z.string().min(1);

const route = z.strictObject({
  receiver: z.string().min(1),
  /** `['...']` groups by all labels. */
  group_by: z
    .array(labelName)
    .default([])
    .refine((names) => new Set(names).size === names.length, { error: 'group_by names a label twice' })
    .refine((names) => !names.includes('...') || names.length === 1, { error: "'...' must stand alone in group_by" }),
  /** 0s sends at once, as for pages that must not wait. */
  group_wait: durationMs.prefault('30s'),
  group_interval: positiveDurationMs.prefault('5m'),
  repeat_interval: positiveDurationMs.prefault('4h'),
  routes: refusedKey('routes', ARRIVAL.withRouting),
  match: refusedKey('match', ARRIVAL.withRouting),
  match_re: refusedKey('match_re', ARRIVAL.withRouting),
  matchers: refusedKey('matchers', ARRIVAL.withRouting),
  continue: refusedKey('continue', ARRIVAL.withRouting),
  mute_time_intervals: refusedKey('mute_time_intervals', ARRIVAL.withRouting),
  active_time_intervals: refusedKey('active_time_intervals', ARRIVAL.withRouting),
  labels: refusedKey('labels', ARRIVAL.withRouting),
});

/** The section `alerting:`: Prometheus's `alertmanagers`, and Vedette's own inline `route` and `receivers`. */
export const alertingConfigSchema = z
  .strictObject({
    /** Of every alert of the rules, after the external labels. */
    alert_relabel_configs: relabelConfigs.prefault([]),
    history: historyConfigSchema,
    high_availability: highAvailabilitySchema.optional(),
    alertmanagers: z.array(externalAlertmanagerConfig).default([]),
    /** An Alertmanager file, which brings route and receivers. */
    config_file: z.string().min(1).optional(),
    /** How matchers of that file are read, as Alertmanager's feature flags say; unset: fallback. */
    matchers: z
      .enum(['fallback', 'utf8-strict', 'classic'], { error: 'must be fallback, utf8-strict or classic' })
      .optional(),
    /** Where receivers may be, as networks or `public`. Unset: anywhere from the file, public addresses from the API. */
    allowed_networks: z.array(network).optional(),
    heartbeat: heartbeatConfig.optional(),
    route: route.optional(),
    receivers: z.array(receiverSchema(RECEIVER_KINDS, INLINE_GLOBAL)).default([]),
    ...responseShape,
    inhibit_rules: refusedKey('inhibit_rules', ARRIVAL.withRouting),
    time_intervals: refusedKey('time_intervals', ARRIVAL.withRouting),
    mute_time_intervals: refusedKey('mute_time_intervals', ARRIVAL.withRouting),
    templates: refusedKey('templates', ARRIVAL.withRouting),
    global: refusedKey('global', ARRIVAL.withRouting),
  })
  .superRefine((config, context) => {
    if (config.config_file !== undefined && (config.route || config.receivers.length > 0)) {
      const message =
        'config_file brings routes and receivers; remove alerting.route and alerting.receivers, or config_file';
      context.addIssue({ code: 'custom', path: ['config_file'], message });
      return;
    }
    const names = new Set<string>();
    for (const [i, { name }] of config.receivers.entries()) {
      if (names.has(name)) {
        context.addIssue({
          code: 'custom',
          path: ['receivers', i, 'name'],
          message: `receiver "${name}" is declared twice`,
        });
      }
      names.add(name);
    }
    if (config.route && !names.has(config.route.receiver)) {
      context.addIssue({
        code: 'custom',
        path: ['route', 'receiver'],
        message: `receiver "${config.route.receiver}" is not declared; add it under alerting.receivers`,
      });
    }
    if (!config.route && config.receivers.length > 0) {
      context.addIssue({
        code: 'custom',
        path: ['receivers'],
        message: 'receivers without a route are never used; add alerting.route with `receiver:`',
      });
    }
  })
  .prefault({});

export type AlertingConfig = z.infer<typeof alertingConfigSchema>;

/** Everything that `apply` needs. */
export interface AlertingSettings {
  readonly config: AlertingConfig;
  /** A loaded Alertmanager file; it takes the place of the section's own route and receivers. */
  readonly alertmanager?: AlertmanagerConfig;
  /** global.external_labels: added to alerts where the alert has no such label. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Address people reach Vedette at, without a slash at the end. */
  readonly externalUrl: string;
}
