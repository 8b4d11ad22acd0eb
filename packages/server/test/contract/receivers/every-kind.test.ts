import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReceiverKind } from '../../../src/alerting/notify/receiver-kind.ts';
import { DISCORD } from '../../../src/alerting/notify/discord/kind.ts';
import { INCIDENTIO } from '../../../src/alerting/notify/incidentio/kind.ts';
import { JIRA } from '../../../src/alerting/notify/jira/kind.ts';
import { MATTERMOST } from '../../../src/alerting/notify/mattermost/kind.ts';
import { MSTEAMS } from '../../../src/alerting/notify/msteams/kind.ts';
import { MSTEAMSV2 } from '../../../src/alerting/notify/msteamsv2/kind.ts';
import { ROCKETCHAT } from '../../../src/alerting/notify/rocketchat/kind.ts';
import { SNS } from '../../../src/alerting/notify/sns/kind.ts';
import { TELEGRAM } from '../../../src/alerting/notify/telegram/kind.ts';
import { TWILIO } from '../../../src/alerting/notify/twilio/kind.ts';
import { WEBEX } from '../../../src/alerting/notify/webex/kind.ts';
import { WECHAT } from '../../../src/alerting/notify/wechat/kind.ts';
import { openChat, openNotifier } from '../../support/notifier-house.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';
import { cleanUp, later, serve } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

const SECRET = 'hunter2-secret';
const plain = { title: 'T', text: 'x', summary: 'S', message: 'x', subject: 'S', priority: '' };
const hook = (url: string) => ({ webhook_url: `${url}/hooks/${SECRET}` });
const texts = (...keys: (keyof typeof plain)[]) => Object.fromEntries(keys.map((key) => [key, plain[key]]));
const none = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, '']));

/** Settings that deliver to a server at the address. */
const KINDS: readonly (readonly [ReceiverKind<never>, (url: string) => object])[] = [
  [DISCORD, (url: string) => ({ ...hook(url), ...texts('title', 'message') })],
  [MSTEAMS, (url: string) => ({ ...hook(url), ...texts('title', 'text', 'summary') })],
  [MSTEAMSV2, (url: string) => ({ ...hook(url), ...texts('title', 'text') })],
  [
    WEBEX,
    (url: string) => ({
      api_url: url,
      room_id: 'r',
      message: 'x',
      http_config: { authorization: { credentials: SECRET } },
    }),
  ],
  [
    MATTERMOST,
    (url: string) => ({
      ...hook(url),
      ...texts('text'),
      ...none('username', 'color', 'title', 'title_link', 'fallback'),
    }),
  ],
  [
    ROCKETCHAT,
    (url: string) => ({
      api_url: url,
      token: SECRET,
      token_id: 'id',
      ...texts('title', 'text'),
      ...none('title_link', 'emoji', 'icon_url'),
    }),
  ],
  [
    JIRA,
    (url: string) => ({
      api_url: `${url}/rest/api/2`,
      project: 'OPS',
      issue_type: 'Bug',
      summary: 'S',
      description: 'D',
      priority: '',
      http_config: { basic_auth: { username: 'bot', password: SECRET } },
    }),
  ],
  [
    SNS,
    (url: string) => ({
      api_url: url,
      topic_arn: 'arn:aws:sns:us-east-2:123456789012:T',
      sigv4: { access_key: 'AKID', secret_key: SECRET },
      ...texts('subject', 'message'),
    }),
  ],
  [TELEGRAM, (url: string) => ({ api_url: url, bot_token: SECRET, chat_id: 1, message: 'x' })],
  [
    TWILIO,
    (url: string) => ({
      api_url: url,
      account_sid: `AC${'0'.repeat(32)}`,
      auth_token: SECRET,
      from: '+15005550006',
      to: ['+4915112345678'],
      message: 'x',
    }),
  ],
  [
    WECHAT,
    (url: string) => ({
      api_url: url,
      api_secret: SECRET,
      corp_id: 'c',
      message: 'x',
      ...none('to_user', 'to_party', 'to_tag', 'agent_id'),
    }),
  ],
  [INCIDENTIO, (url: string) => ({ url, alert_source_token: SECRET })],
] as unknown as readonly (readonly [ReceiverKind<never>, (url: string) => object])[];

describe.each(KINDS.map(([kind, settings]) => [kind.integration, kind, settings] as const))(
  '%s',
  (_name, kind, settings) => {
    const open = (chat: Pick<ReceiverServer, 'url'>) => openNotifier(kind, settings(chat.url));

    it('tries again after 500 and 429, not before Retry-After, and shows no secret that an answer repeats', async () => {
      let status = 500;
      const chat = await openChat(() => ({ status, headers: { 'retry-after': '7' }, body: `no: ${SECRET}` }));
      const { tell, clock } = open(chat);
      for (status of [500, 503, 429]) {
        const delivery = await tell();
        expect(delivery).toMatchObject({ ok: false, retry: true, retryAfterMs: clock.now() + 7_000 });
        expect(JSON.stringify(delivery)).toContain(String(status));
        expect(JSON.stringify(delivery)).not.toContain(SECRET);
      }
    });

    it('gives up what is refused for good', async () => {
      const chat = await openChat(() => ({ status: 403, body: `bad ${SECRET}` }));
      const delivery = await open(chat).tell();
      // Telegram's are all tried again, as in Alertmanager.
      expect(delivery).toMatchObject({ ok: false, retry: kind.integration === 'telegram' });
      expect(JSON.stringify(delivery)).not.toContain(SECRET);
    });

    it('counts a receiver that hangs as a failed attempt, and one that is gone', async () => {
      const chat = await openChat(() => ({ hang: true }));
      const { tell } = openNotifier(kind, {
        ...settings(chat.url),
        ...(kind.integration === 'incidentio' ? { timeout: '10s' } : {}),
      });
      const hung = await tell(undefined, 30_000);
      expect(hung).toMatchObject({ ok: false, retry: true });
      expect(JSON.stringify(hung)).toContain('10s');
      const gone = await open({ url: 'http://127.0.0.1:1' }).tell();
      expect(gone).toMatchObject({ ok: false, retry: true, reason: expect.stringContaining('127.0.0.1:1') });
      expect(JSON.stringify(gone)).not.toContain(SECRET);
    });

    it('reads no more of an answer than it needs, however long and slow it is', async () => {
      const server = await ReceiverServer.start();
      later(() => server.close());
      server.answer = { endless: true, status: 500, body: 'a long story' };
      expect(await open(server).tell()).toMatchObject({ ok: false, retry: true });
      server.answer = { endless: true, status: 200, body: '{' };
      // Some say in the body whether they took it; for the others the status is enough.
      const delivery = await open(server).tell();
      if (!['rocketchat', 'wechat', 'jira', 'telegram'].includes(kind.integration)) expect(delivery.ok).toBe(true);
      server.answer = { drop: true };
      expect(await open(server).tell()).toMatchObject({ ok: false, retry: true });
    });

    it('goes nowhere that is not allowed, and says which setting would allow it', async () => {
      const chat = await openChat();
      const { tell } = openNotifier(kind, settings(chat.url), { allowAddress: () => false });
      expect(await tell()).toMatchObject({
        ok: false,
        retry: false,
        reason: expect.stringContaining('alerting.allowed_networks'),
      });
      expect(chat.requests).toEqual([]);
    });

    it('stops when the group_interval is over', async () => {
      const chat = await openChat(() => ({ hang: true }));
      const { notifier } = open(chat);
      const controller = new AbortController();
      const { aMessage } = await import('../../support/notifier-house.ts');
      const told = notifier.notify(aMessage(), controller.signal);
      controller.abort(new Error('the group_interval is over'));
      await expect(told).rejects.toThrow('the group_interval is over');
    });
  },
);

describe('addresses in files', () => {
  it('are read at each notification, and a file without one is a failure that does not show what it holds', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vedette-hook-')), 'url');
    const chat = await openChat(() => ({ status: 204 }));
    const { tell } = openNotifier(DISCORD, { webhook_url_file: file, title: 'T', message: 'M' });
    expect(await tell()).toMatchObject({ ok: false, reason: expect.stringContaining('cannot be read') });
    writeFileSync(file, 'not an address: hunter2');
    const wrong = await tell();
    expect(wrong).toMatchObject({ ok: false, reason: expect.stringContaining('does not hold an http or https URL') });
    expect(JSON.stringify(wrong)).not.toContain('hunter2');
    writeFileSync(file, `${chat.url}/one\n`);
    expect(await tell()).toEqual({ ok: true });
    writeFileSync(file, `${chat.url}/two\n`);
    expect(await tell()).toEqual({ ok: true });
    expect(chat.requests.map(({ target }) => target)).toEqual(['/one', '/two']);
  });

  it('a redirect is followed with the message, or not at all', async () => {
    const chat = await openChat(() => ({ status: 204 }));
    const moved = await serve((request, response) => {
      response.writeHead(request.url === '/keeps' ? 307 : 302, { location: `${chat.url}/new` });
      response.end();
    });
    const hooks = (path: string) => ({ webhook_url: `http://${moved}/${path}`, title: 'T', message: 'M' });
    expect(await openNotifier(DISCORD, hooks('keeps')).tell()).toEqual({ ok: true });
    expect(chat.requests).toMatchObject([{ method: 'POST', path: '/new', body: expect.stringContaining('"T"') }]);
    expect(await openNotifier(DISCORD, hooks('drops')).tell()).toMatchObject({ ok: false, retry: false });
    expect(chat.requests).toHaveLength(1);
  });

  it('a template that fails is a failure for good', async () => {
    const chat = await openChat();
    const settings = { webhook_url: chat.url, title: '{{ template "nowhere" . }}', message: 'M' };
    expect(await openNotifier(DISCORD, settings).tell()).toMatchObject({ ok: false, retry: false });
    expect(chat.requests).toEqual([]);
  });
});
