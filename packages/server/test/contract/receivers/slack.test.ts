import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SLACK } from '../../../src/alerting/notify/slack/kind.ts';
import { SentMessages } from '../../../src/alerting/notify/slack/sent-messages.ts';
import { Secret } from '../../../src/base/config-schema.ts';
import { alert, ended, faults, message, tell } from '../../support/receiver-kit.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';

let server: ReceiverServer;

beforeEach(async () => {
  server = await ReceiverServer.start({
    check: ({ headers, method, json }) => {
      if (method !== 'POST' || headers['content-type'] !== 'application/json') return 'invalid_payload';
      const { attachments } = json<{ attachments?: unknown[] }>();
      return attachments?.length === 1 ? undefined : 'no_text';
    },
  });
});
afterEach(() => server.close());

interface Told {
  readonly attachments: readonly [Readonly<Record<string, unknown>>];
  readonly [key: string]: unknown;
}
const told = (): Told => server.last.json<Told>();

describe('the Slack receiver', () => {
  it('posts one attachment with the default words to an incoming webhook', async () => {
    expect(await tell(SLACK, { api_url: `${server.url}/services/T/B/x`, channel: '#alerts' })).toEqual({ ok: true });
    expect(server.last.path).toBe('/services/T/B/x');
    expect(told()).toEqual({
      channel: '#alerts',
      username: 'Vedette',
      attachments: [
        {
          title: 'FIRING 1: CameraDown (gate)',
          title_link: 'http://watch/alerts?receiver=pager',
          text: '',
          fallback: 'FIRING 1: CameraDown (gate) - http://watch/alerts?receiver=pager',
          callback_id: '',
          footer: '',
          color: 'danger',
          mrkdwn_in: ['fallback', 'pretext', 'text'],
        },
      ],
    });
    await tell(SLACK, { api_url: server.url }, message([ended()]));
    expect(told().attachments[0]).toMatchObject({ color: 'good', title: 'RESOLVED: CameraDown (gate)' });
  });

  it('fills in fields, actions, images and the rest', async () => {
    await tell(SLACK, {
      api_url: server.url,
      message_text: 'for <!here>',
      pretext: '{{ .Status }}',
      short_fields: true,
      fields: [
        { title: 'Camera {{ .CommonLabels.camera }}', value: '{{ len .Alerts }}' },
        { title: 'b', value: 'c', short: false },
      ],
      actions: [
        { type: 'button', text: 'Runbook', url: 'http://book/{{ .GroupLabels.alertname }}', name: 'dropped' },
        {
          type: 'button',
          text: 'Ack',
          name: 'ack',
          value: '{{ .Status }}',
          confirm: { text: 'Sure?', ok_text: 'Yes' },
        },
      ],
      image_url: 'http://img',
      thumb_url: 'http://thumb',
      link_names: true,
      mrkdwn_in: ['text'],
      icon_emoji: ':rotating_light:',
    });
    expect(told()).toMatchObject({ text: 'for <!here>', link_names: true, icon_emoji: ':rotating_light:' });
    expect(told().attachments[0]).toMatchObject({
      pretext: 'firing',
      fields: [
        { title: 'Camera gate', value: '1', short: true },
        { title: 'b', value: 'c', short: false },
      ],
      actions: [
        { type: 'button', text: 'Runbook', url: 'http://book/CameraDown' },
        { type: 'button', text: 'Ack', name: 'ack', value: 'firing', confirm: { text: 'Sure?', ok_text: 'Yes' } },
      ],
      image_url: 'http://img',
      thumb_url: 'http://thumb',
      mrkdwn_in: ['text'],
    });
  });

  it('cuts a title at 1024 characters', async () => {
    await tell(
      SLACK,
      { api_url: server.url, title: '{{ .CommonLabels.camera }}' },
      message([alert({ camera: 'ö'.repeat(2_000) })]),
    );
    expect(told().attachments[0].title).toBe(`${'ö'.repeat(1_023)}…`);
  });

  it('as an app it shows its token and reads the answer', async () => {
    server.answer = { body: { ok: true, channel: 'C1', ts: '12.3' } };
    const app = { app_url: `${server.url}/api/chat.postMessage`, app_token: 'xoxb-1', channel: '#alerts' };
    expect(await tell(SLACK, app)).toEqual({ ok: true, receiverSaid: 'message 12.3' });
    expect(server.last).toMatchObject({ path: '/api/chat.postMessage', headers: { authorization: 'Bearer xoxb-1' } });

    server.answer = { body: { ok: false, error: 'channel_not_found' } };
    expect(await tell(SLACK, app)).toEqual({
      ok: false,
      retry: false,
      reason: 'channel "#alerts": Slack answered: channel_not_found',
    });
    server.answer = { body: { ok: false, error: 'internal_error' } };
    expect(await tell(SLACK, app)).toMatchObject({ ok: false, retry: true });
    server.answer = { headers: { 'content-type': 'application/json' }, body: 'no json' };
    expect(await tell(SLACK, app)).toMatchObject({ ok: false, retry: true });
  });

  it('takes token and address from files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-slack-'));
    writeFileSync(join(folder, 'token'), 'xoxb-2\n');
    writeFileSync(join(folder, 'url'), `${server.url}/from-file\n`);
    await tell(SLACK, { app_url: server.url, app_token_file: join(folder, 'token') });
    expect(server.last.headers.authorization).toBe('Bearer xoxb-2');
    await tell(SLACK, { api_url_file: join(folder, 'url') });
    expect(server.last.path).toBe('/from-file');
  });

  it('a good answer that is not "ok" is a refusal', async () => {
    server.answer = { body: 'invalid_token' };
    expect(await tell(SLACK, { api_url: server.url })).toEqual({
      ok: false,
      retry: false,
      reason: 'Slack answered: invalid_token',
    });
  });

  it.each([
    [429, true],
    [500, true],
    [404, false],
    [403, false],
  ])('status %d: trying again helps: %s', async (status, retry) => {
    server.answer = { status, body: 'because', headers: { 'retry-after': '7' } };
    const delivery = await tell(SLACK, { api_url: server.url });
    expect(delivery).toMatchObject({ ok: false, retry, reason: `HTTP status ${status}: because` });
    if (!delivery.ok) expect(delivery.retryAfterMs === undefined).toBe(!retry);
  });

  it('waits for an answer as long as it may', async () => {
    server.answer = { hang: true };
    expect(await tell(SLACK, { api_url: server.url, timeout: '80ms' })).toMatchObject({ ok: false, retry: true });
  });
});

describe('settings of Slack', () => {
  it.each([
    [{}, {}, 'no Slack API URL nor App token set either inline or in a file'],
    [{ api_url: 'http://a/', api_url_file: '/f' }, {}, 'at most one of api_url & api_url_file must be configured'],
    [{ app_token: 'a', app_token_file: '/f' }, {}, 'at most one of app_token & app_token_file must be configured'],
    [
      { api_url: 'http://a/', app_token: 'a' },
      {},
      'at most one of api_url/api_url_file & app_token/app_token_file must be',
    ],
    [{ api_url: 'YOUR_SLACK_WEBHOOK_URL' }, {}, 'must be an http or https URL'],
    [{ api_url: 'http://a/', fields: [{ title: 'a' }] }, {}, 'missing value in Slack field configuration'],
    [{ api_url: 'http://a/', fields: [{ value: 'a' }] }, {}, 'missing title in Slack field configuration'],
    [{ api_url: 'http://a/', actions: [{ text: 'a', url: 'b' }] }, {}, 'missing type in Slack action configuration'],
    [{ api_url: 'http://a/', actions: [{ type: 'a', url: 'b' }] }, {}, 'missing text in Slack action configuration'],
    [{ api_url: 'http://a/', actions: [{ type: 'a', text: 'b' }] }, {}, 'missing name or url in Slack action'],
    [
      { api_url: 'http://a/', actions: [{ type: 'a', text: 'b', name: 'c', confirm: { text: '' } }] },
      {},
      'missing text in Slack confirmation',
    ],
    [{ api_url: 'http://a/', update_message: true }, {}, 'update_message can only be used with bot tokens'],
    [{ http_config: { authorization: { credentials: 'a' } }, app_token: 'b' }, {}, "http authorization can't be set"],
    [
      { http_config: { authorization: { credentials: 'a' } } },
      { slack_app_token: new Secret('g') },
      'no Slack API URL',
    ],
  ])('%j: %s', (settings, global, fault) => {
    expect(faults(SLACK, settings, global)).toContain(fault);
  });

  const read = (settings: unknown, global: Parameters<typeof faults>[2] = {}) =>
    SLACK.schema({ resolve_timeout: 0, ...global }).parse(settings);

  it('take from `global` the address, or the token where there is no address', () => {
    const url = new Secret('http://global/');
    expect(read({}, { slack_api_url: url }).api_url?.reveal()).toBe('http://global/');
    expect(read({}, { slack_api_url_file: '/f' }).api_url_file).toBe('/f');
    const token = { slack_app_token: new Secret('g'), slack_app_url: 'http://app/' };
    const byToken = read({}, token);
    expect(byToken.api_url?.reveal()).toBe('http://app/');
    expect(byToken.http_config.authorization?.credentials?.reveal()).toBe('g');
    const own = read({ api_url: 'http://own/' }, token);
    expect(own.api_url?.reveal()).toBe('http://own/');
    expect(own.http_config.authorization).toBeUndefined();
    const file = read({ api_url_file: '/f' }, token);
    expect([file.api_url, file.api_url_file]).toEqual([undefined, '/f']);
    expect(read({}, { slack_app_token: new Secret('g') }).api_url?.reveal()).toBe(
      'https://slack.com/api/chat.postMessage',
    );
  });
});

it('the messages of ten thousand groups are remembered for changes', () => {
  const sent = new SentMessages();
  for (let i = 0; i <= 10_000; i++) sent.keep(`group ${i}`, { channel: 'C', timestamp: `${i}` });
  expect(sent.of('group 0')).toBeUndefined();
  expect(sent.of('group 10000')?.timestamp).toBe('10000');
});
