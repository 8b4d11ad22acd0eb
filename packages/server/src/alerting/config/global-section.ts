import { z } from 'zod';
import { Secret, durationMs, secret } from '../../base/config-schema.ts';
import { httpClientConfig, httpClientShape, tlsConfig } from '../../base/http-client/index.ts';
import type { AlertmanagerGlobal } from './model.ts';

/** Why a text is no address of a server, in upstream's words; undefined when it is one. */
export function httpUrlFault(text: string): string | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase() ?? '';
  if (scheme !== 'http' && scheme !== 'https') return `unsupported scheme "${scheme}" for URL`;
  if (!URL.canParse(text)) return 'is not a URL';
  return undefined;
}

const httpUrl = z.string().superRefine((text, context) => {
  const fault = httpUrlFault(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault}; write it as https://host/path` });
});

const secretUrl = httpUrl.pipe(secret);

/** `host:port`; empty means unset. */
const hostPort = z.string().superRefine((text, context) => {
  if (text === '') return;
  const match = /^(?:\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(text);
  const fault = !match
    ? `address ${text}: too many colons in address`
    : match[1] === undefined
      ? `address ${text}: missing port in address`
      : match[1] === ''
        ? `address "${text}": port cannot be empty`
        : undefined;
  if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault}; write it as mail.example:587` });
});

/** `global:`, with Alertmanager's defaults. Source: Alertmanager documentation, "File layout and global settings". */
export const globalSection = z
  .strictObject({
    resolve_timeout: durationMs.prefault('5m'),
    http_config: httpClientConfig(httpClientShape).prefault({}),
    smtp_from: z.string().optional(),
    smtp_hello: z.string().default('localhost'),
    smtp_smarthost: hostPort.optional(),
    smtp_auth_username: z.string().optional(),
    smtp_auth_password: secret.optional(),
    smtp_auth_password_file: z.string().optional(),
    smtp_auth_secret: secret.optional(),
    smtp_auth_secret_file: z.string().optional(),
    smtp_auth_identity: z.string().optional(),
    smtp_require_tls: z.boolean().default(true),
    smtp_force_implicit_tls: z.boolean().optional(),
    smtp_tls_config: tlsConfig.optional(),
    slack_api_url: secretUrl.optional(),
    slack_api_url_file: z.string().optional(),
    slack_app_token: secret.optional(),
    slack_app_token_file: z.string().optional(),
    slack_app_url: httpUrl.default('https://slack.com/api/chat.postMessage'),
    pagerduty_url: httpUrl.default('https://events.pagerduty.com/v2/enqueue'),
    opsgenie_api_url: httpUrl.default('https://api.opsgenie.com/'),
    opsgenie_api_key: secret.optional(),
    opsgenie_api_key_file: z.string().optional(),
    wechat_api_url: httpUrl.default('https://qyapi.weixin.qq.com/cgi-bin/'),
    wechat_api_secret: secret.optional(),
    wechat_api_secret_file: z.string().optional(),
    wechat_api_corp_id: z.string().optional(),
    victorops_api_url: httpUrl.default('https://alert.victorops.com/integrations/generic/20131114/alert/'),
    victorops_api_key: secret.optional(),
    victorops_api_key_file: z.string().optional(),
    telegram_api_url: httpUrl.default('https://api.telegram.org'),
    telegram_bot_token: secret.optional(),
    telegram_bot_token_file: z.string().optional(),
    webex_api_url: httpUrl.default('https://webexapis.com/v1/messages'),
    rocketchat_api_url: httpUrl.default('https://open.rocket.chat/'),
    rocketchat_token: secret.optional(),
    rocketchat_token_file: z.string().optional(),
    rocketchat_token_id: secret.optional(),
    rocketchat_token_id_file: z.string().optional(),
    jira_api_url: httpUrl.optional(),
    mattermost_webhook_url: secretUrl.optional(),
    mattermost_webhook_url_file: z.string().optional(),
  })
  .superRefine((global, context) => {
    for (const name of SECRETS_WITH_FILES) {
      if (!isSet(global[name]) || !isSet(global[`${name}_file`])) continue;
      const message = `at most one of ${name} & ${name}_file must be configured`;
      context.addIssue({ code: 'custom', path: [`${name}_file`], message });
    }
    const hasToken = isSet(global.slack_app_token) || isSet(global.slack_app_token_file);
    const hasUrl = isSet(global.slack_api_url) || isSet(global.slack_api_url_file);
    // Both with the same address were once the advised way to use tokens of receivers.
    if (hasToken && hasUrl && global.slack_api_url?.reveal() !== global.slack_app_url) {
      const message =
        'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured';
      context.addIssue({ code: 'custom', path: ['slack_app_token'], message });
    }
  })
  .prefault({})
  .transform((global): AlertmanagerGlobal => onlySet(global));

const SECRETS_WITH_FILES = [
  'slack_app_token',
  'slack_api_url',
  'opsgenie_api_key',
  'victorops_api_key',
  'telegram_bot_token',
  'smtp_auth_password',
  'rocketchat_token',
  'rocketchat_token_id',
  'smtp_auth_secret',
  'wechat_api_secret',
  'mattermost_webhook_url',
] as const;

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && !(value instanceof Secret && value.reveal() === '');
}

/** Empty texts mean unset, as for Alertmanager: kinds may write `global.smtp_from ?? …`. */
function onlySet(global: Readonly<Record<string, unknown>>): AlertmanagerGlobal {
  return Object.fromEntries(
    Object.entries(global).filter(([, value]) => isSet(value)),
  ) as unknown as AlertmanagerGlobal;
}

/** A file without `global:`. */
export const DEFAULT_GLOBAL: AlertmanagerGlobal = globalSection.parse({});
