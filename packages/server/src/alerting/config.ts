import { z } from 'zod';
import { durationMs, positiveDurationMs, secret } from '../base/config-schema.ts';

/** A key of Prometheus's or Alertmanager's that this version refuses by name instead of ignoring it. */
const refused = (key: string, arrives: string) =>
  z
    .unknown()
    .optional()
    .superRefine((value, context) => {
      if (value === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `${key} is not available in this version: ${arrives}${arrives === STATIC_ONLY || arrives === WITH_HTTP ? '' : '; use an external Alertmanager via alerting.alertmanagers'}`,
      });
    });

const STATIC_ONLY = 'Alertmanagers are named by static_configs only';
const WITH_ROUTING = 'it arrives with full Alertmanager routing';
const WITH_RECEIVERS = 'it arrives with the other receivers';
const WITH_HTTP = 'it arrives with full HTTP client settings';

/** An http or https address; it may hold credentials, so it is a secret like Alertmanager's SecretURL. */
const secretUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be an http or https URL such as http://pager.example:8080/hook',
  })
  .refine((text) => !URL.canParse(text) || hasReadableUser(new URL(text)), {
    error: 'has a user or password with a broken % escape; write % itself as %25',
  })
  .pipe(secret);

function hasReadableUser({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}

const basicAuth = z.strictObject({ username: z.string(), password: secret });
const authorization = z.strictObject({ type: z.string().min(1).default('Bearer'), credentials: secret });

const httpConfig = z.strictObject({
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  follow_redirects: z
    .literal(false, { error: 'redirects are not followed in this version; remove it or write false' })
    .optional(),
  tls_config: refused('tls_config', WITH_HTTP),
  proxy_url: refused('proxy_url', WITH_HTTP),
  oauth2: refused('oauth2', WITH_HTTP),
  http_headers: refused('http_headers', WITH_HTTP),
});

/** An answer slower than this counts as a failed attempt; Alertmanager leaves it to group_interval. */
const WEBHOOK_TIMEOUT_DEFAULT = '10s';

const webhookConfig = z.strictObject({
  url: secretUrl,
  send_resolved: z.boolean().default(true),
  /** 0 sends every alert of the group. */
  max_alerts: z.int().min(0).default(0),
  timeout: positiveDurationMs.prefault(WEBHOOK_TIMEOUT_DEFAULT),
  http_config: httpConfig.optional(),
  url_file: refused('url_file', WITH_RECEIVERS),
  payload: refused('payload', WITH_RECEIVERS),
});

const OTHER_RECEIVERS = [
  'discord',
  'email',
  'incidentio',
  'jira',
  'mattermost',
  'msteams',
  'msteamsv2',
  'opsgenie',
  'pagerduty',
  'pushover',
  'rocketchat',
  'slack',
  'sns',
  'telegram',
  'victorops',
  'webex',
  'wechat',
] as const;

const otherReceivers = Object.fromEntries(
  OTHER_RECEIVERS.map((kind) => [`${kind}_configs`, refused(`${kind}_configs`, WITH_RECEIVERS)]),
);

const receiver = z.strictObject({
  name: z.string().min(1),
  webhook_configs: z.array(webhookConfig).default([]),
  ...otherReceivers,
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
  routes: refused('routes', WITH_ROUTING),
  match: refused('match', WITH_ROUTING),
  match_re: refused('match_re', WITH_ROUTING),
  matchers: refused('matchers', WITH_ROUTING),
  continue: refused('continue', WITH_ROUTING),
  mute_time_intervals: refused('mute_time_intervals', WITH_ROUTING),
  active_time_intervals: refused('active_time_intervals', WITH_ROUTING),
  labels: refused('labels', WITH_ROUTING),
});

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
  DISCOVERY.map((kind) => [`${kind}_sd_configs`, refused(`${kind}_sd_configs`, STATIC_ONLY)]),
);

const alertmanager = z.strictObject({
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
  proxy_url: refused('proxy_url', WITH_HTTP),
  oauth2: refused('oauth2', WITH_HTTP),
  sigv4: refused('sigv4', WITH_HTTP),
  tls_config: refused('tls_config', WITH_HTTP),
  relabel_configs: refused('relabel_configs', WITH_HTTP),
  alert_relabel_configs: refused('alert_relabel_configs', WITH_HTTP),
});

/** The section `alerting:`: Prometheus's `alertmanagers`, and Vedette's own inline `route` and `receivers`. */
export const alertingConfigSchema = z
  .strictObject({
    alert_relabel_configs: z
      .array(z.unknown())
      .max(0, {
        error:
          'alert_relabel_configs is not available in this version; set labels in the rules, or relabel in an external Alertmanager',
      })
      .optional(),
    alertmanagers: z.array(alertmanager).default([]),
    route: route.optional(),
    receivers: z.array(receiver).default([]),
    inhibit_rules: refused('inhibit_rules', WITH_ROUTING),
    time_intervals: refused('time_intervals', WITH_ROUTING),
    mute_time_intervals: refused('mute_time_intervals', WITH_ROUTING),
    templates: refused('templates', WITH_RECEIVERS),
    global: refused('global', WITH_RECEIVERS),
  })
  .superRefine((config, context) => {
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
export type RouteConfig = NonNullable<AlertingConfig['route']>;
export type ReceiverConfig = z.infer<typeof receiver>;
export type WebhookConfig = z.infer<typeof webhookConfig>;
export type AlertmanagerConfig = z.infer<typeof alertmanager>;
export type HttpAuthConfig = Pick<AlertmanagerConfig, 'basic_auth' | 'authorization'>;

/** Everything that `apply` needs. */
export interface AlertingSettings {
  readonly config: AlertingConfig;
  /** global.external_labels: added to alerts where the alert has no such label. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Address people reach Vedette at, without a slash at the end. */
  readonly externalUrl: string;
}
