import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Secret } from '../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../config/model.ts';
import { discordConfig } from './discord/config.ts';
import { incidentioConfig } from './incidentio/config.ts';
import { jiraConfig } from './jira/config.ts';
import { mattermostConfig } from './mattermost/config.ts';
import { msteamsConfig } from './msteams/config.ts';
import { msteamsv2Config } from './msteamsv2/config.ts';
import { rocketchatConfig } from './rocketchat/config.ts';
import { snsConfig } from './sns/config.ts';
import { telegramConfig } from './telegram/config.ts';
import { twilioConfig } from './twilio/config.ts';
import { webexConfig } from './webex/config.ts';
import { wechatConfig } from './wechat/config.ts';

type SchemaOf = (global: AlertmanagerGlobal) => z.ZodType;

const NONE: AlertmanagerGlobal = { resolve_timeout: 300_000 };
const HOOK = 'https://chat.example/hooks/hunter2';
const SID = `AC${'0'.repeat(32)}`;
const AUTHORIZED = { http_config: { authorization: { credentials: 'hunter2' } } };

function faults(schema: SchemaOf, settings: unknown, global: AlertmanagerGlobal = NONE): string[] {
  const result = schema(global).safeParse(settings);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const jira = { project: 'OPS', issue_type: 'Bug', api_url: 'https://jira.example/rest/api/2' };
const twilio = { account_sid: SID, auth_token: 'hunter2', from: '+15005550006', to: ['+4915112345678'] };
const topic = { topic_arn: 'arn:aws:sns:us-east-2:123456789012:My-Topic' };
const rocket = { token: 'hunter2', token_id: 'id' };

describe('settings of receivers', () => {
  it.each<[string, SchemaOf, unknown]>([
    ['discord', discordConfig, { webhook_url: HOOK }],
    ['discord', discordConfig, { webhook_url_file: '/none/such', http_config: { proxy_url: 'http://proxy' } }],
    ['msteams', msteamsConfig, { webhook_url: HOOK, title: null }],
    ['msteamsv2', msteamsv2Config, { webhook_url: HOOK }],
    [
      'telegram',
      telegramConfig,
      { bot_token: 'hunter2', chat_id: -1001234567890, message_thread_id: 7, parse_mode: '' },
    ],
    ['telegram', telegramConfig, { bot_token: 'hunter2', chat_id_file: '/none/such' }],
    ['sns', snsConfig, { ...topic, sigv4: { region: 'us-east-2', profile: 'ops' }, attributes: { severity: 'Sev2' } }],
    ['webex', webexConfig, { room_id: 123, ...AUTHORIZED }],
    ['mattermost', mattermostConfig, { webhook_url: HOOK, attachments: [{ fields: [{ title: 'a', value: 'b' }] }] }],
    ['rocketchat', rocketchatConfig, { ...rocket, actions: [{ text: 'open', url: 'http://watch' }] }],
    ['jira', jiraConfig, { ...jira, labels: ['a'], fields: { components: { name: 'x' } } }],
    ['jira', jiraConfig, { ...jira, summary: { template: 'x', enable_update: false }, labels: { values: ['a'] } }],
    ['twilio', twilioConfig, twilio],
    ['twilio', twilioConfig, { ...twilio, to: '+4915112345678', from: 'Vedette' }],
    ['wechat', wechatConfig, { api_secret: 'hunter2', corp_id: 'corp' }],
    ['incidentio', incidentioConfig, { url: 'https://api.incident.io/v2/alert_events', alert_source_token: 'hunter2' }],
  ])('of %s are accepted, and show no secret', (_, schema, settings) => {
    const parsed = schema(NONE).parse(settings);
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
    expect(parsed).toMatchObject({ send_resolved: expect.any(Boolean), http_config: expect.any(Object) });
  });

  it.each<[string, SchemaOf, unknown, string]>([
    ['discord', discordConfig, {}, 'webhook_url: one of webhook_url or webhook_url_file must be configured'],
    [
      'discord',
      discordConfig,
      { webhook_url: HOOK, webhook_url_file: '/f' },
      'webhook_url: at most one of webhook_url & webhook_url_file must be configured',
    ],
    [
      'msteams',
      msteamsConfig,
      { webhook_url: 'YOUR_URL' },
      'webhook_url: unsupported scheme "" for URL: must be an http or https URL',
    ],
    ['msteamsv2', msteamsv2Config, {}, 'one of webhook_url or webhook_url_file'],
    ['telegram', telegramConfig, { chat_id: 1 }, 'missing bot_token or bot_token_file on telegram_config'],
    ['telegram', telegramConfig, { bot_token: 'x' }, 'missing chat_id or chat_id_file on telegram_config'],
    ['telegram', telegramConfig, { bot_token: 'x', chat_id: 1, chat_id_file: '/f' }, 'at most one of chat_id &'],
    [
      'telegram',
      telegramConfig,
      { bot_token: 'x', chat_id: 1, parse_mode: 'html' },
      'unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string',
    ],
    ['sns', snsConfig, {}, 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config'],
    ['sns', snsConfig, { ...topic, phone_number: '+1' }, 'must provide either a Target ARN'],
    ['sns', snsConfig, { ...topic, sigv4: { access_key: 'a' } }, 'must provide a AWS SigV4 Access key and Secret Key'],
    ['webex', webexConfig, AUTHORIZED, 'missing room_id on webex_config'],
    ['webex', webexConfig, { room_id: 'r' }, 'missing webex_configs.http_config.authorization'],
    ['mattermost', mattermostConfig, {}, 'no global Mattermost Webhook URL set either inline or in a file'],
    [
      'mattermost',
      mattermostConfig,
      { webhook_url: HOOK, fields: [{ value: 'b' }] },
      'missing title in Mattermost field configuration',
    ],
    ['rocketchat', rocketchatConfig, { token_id: 'x' }, 'no global Rocketchat Token set either inline or in a file'],
    ['rocketchat', rocketchatConfig, { token: 'x' }, 'no global Rocketchat TokenID set either inline or in a file'],
    ['rocketchat', rocketchatConfig, { ...rocket, token_file: '/f' }, 'at most one of token & token_file'],
    ['jira', jiraConfig, { ...jira, project: '' }, 'missing project in jira_config'],
    ['jira', jiraConfig, { ...jira, issue_type: undefined }, 'missing issue_type in jira_config'],
    ['jira', jiraConfig, { ...jira, api_type: 'server' }, 'unknown api_type on jira_config'],
    ['jira', jiraConfig, { ...jira, api_url: undefined }, 'no global Jira Cloud URL set'],
    ['twilio', twilioConfig, { ...twilio, account_sid: 'AC1' }, 'account_sid: must be an account SID'],
    ['twilio', twilioConfig, { ...twilio, auth_token: undefined }, 'one of auth_token or auth_token_file'],
    ['twilio', twilioConfig, { ...twilio, to: ['0151'] }, 'to.0: must be a phone number'],
    ['twilio', twilioConfig, { ...twilio, from: 'a name that is long' }, 'from: must be a phone number'],
    ['wechat', wechatConfig, {}, 'no global Wechat Api Secret set either inline or in a file'],
    ['wechat', wechatConfig, { api_secret: 'x', corp_id: 'c', message_type: 'html' }, 'valid options'],
    ['incidentio', incidentioConfig, {}, 'one of url or url_file must be configured'],
    ['incidentio', incidentioConfig, { url: HOOK, http_config: {} }, 'at least one of alert_source_token'],
    ['discord', discordConfig, { webhook_url: HOOK, tilte: 'x' }, 'tilte'],
  ])('of %s are refused: %j', (_, schema, settings, message) => {
    expect(faults(schema, settings).join('\n')).toContain(message);
    expect(faults(schema, settings).join('\n')).not.toContain('hunter2');
  });

  it('come from `global` where the receiver says nothing, its own file before a global secret', () => {
    const global: AlertmanagerGlobal = {
      ...NONE,
      telegram_bot_token: new Secret('global'),
      telegram_api_url: 'https://telegram.example',
      mattermost_webhook_url_file: '/global',
      rocketchat_token: new Secret('global'),
      rocketchat_token_id: new Secret('global'),
      jira_api_url: 'https://jira.example',
      wechat_api_secret_file: '/global',
      wechat_api_corp_id: 'corp',
      webex_api_url: 'https://webex.example',
      http_config: { follow_redirects: false },
    };
    expect(telegramConfig(global).parse({ chat_id: 1 }).bot_token?.reveal()).toBe('global');
    expect(telegramConfig(global).parse({ chat_id: 1, bot_token_file: '/own' })).toMatchObject({
      bot_token: undefined,
      bot_token_file: '/own',
      api_url: 'https://telegram.example',
      http_config: { follow_redirects: false },
    });
    expect(mattermostConfig(global).parse({}).webhook_url_file).toBe('/global');
    expect(rocketchatConfig(global).parse({ token: 'own' })).toMatchObject({ api_url: 'https://open.rocket.chat/' });
    expect(jiraConfig(global).parse({ project: 'P', issue_type: 'Bug' }).api_url).toBe('https://jira.example');
    expect(wechatConfig(global).parse({})).toMatchObject({ corp_id: 'corp', api_secret_file: '/global' });
    expect(wechatConfig(global).parse({ api_secret: 'own' }).api_secret_file).toBeUndefined();
    expect(webexConfig(global).parse({ room_id: 'r', ...AUTHORIZED }).api_url).toBe('https://webex.example');
    expect(discordConfig(global).parse({ webhook_url: HOOK, http_config: {} }).http_config.follow_redirects).toBe(true);
  });
});
