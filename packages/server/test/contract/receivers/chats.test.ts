import { afterEach, describe, expect, it } from 'vitest';
import { DISCORD } from '../../../src/alerting/notify/discord/kind.ts';
import { MATTERMOST } from '../../../src/alerting/notify/mattermost/kind.ts';
import { MSTEAMS } from '../../../src/alerting/notify/msteams/kind.ts';
import { MSTEAMSV2 } from '../../../src/alerting/notify/msteamsv2/kind.ts';
import { ROCKETCHAT } from '../../../src/alerting/notify/rocketchat/kind.ts';
import { WEBEX } from '../../../src/alerting/notify/webex/kind.ts';
import { aMessage, openChat, openNotifier } from '../../support/notifier-house.ts';
import { cleanUp } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

const TITLE = '[{{ .Status }}:{{ len .Alerts.Firing }}] {{ .GroupLabels.alertname }}';
const TEXT = '{{ range .Alerts }}{{ .Annotations.summary }};{{ end }}';
const down = aMessage(['gate', 'yard']);
const up = aMessage(['gate'], ['gate']);

describe('Discord', () => {
  const settings = { title: TITLE, message: TEXT };

  it('gets one embed, red while it fires, green when it is over', async () => {
    const chat = await openChat(() => ({ status: 204 }));
    const { tell } = openNotifier(DISCORD, { ...settings, webhook_url: `${chat.url}/api/webhooks/1/key` });
    expect(await tell(down)).toEqual({ ok: true });
    expect(chat.requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/webhooks/1/key',
      headers: { 'content-type': 'application/json' },
    });
    expect(chat.last.json()).toEqual({
      content: '',
      embeds: [{ title: '[firing:2] CameraDown', description: 'gate is down;yard is down;', color: 0x992d22 }],
    });
    await tell(up);
    expect(chat.last.json()).toMatchObject({ embeds: [{ title: '[resolved:0] CameraDown', color: 0x2ecc71 }] });
  });

  it('gets a name, a picture and content when they are set, and nothing longer than it takes', async () => {
    const chat = await openChat((request) => {
      const { content, embeds } = JSON.parse(request.body) as {
        content: string;
        embeds: { title: string; description: string }[];
      };
      const fits =
        [...content].length <= 2_000 &&
        embeds.every((embed) => [...embed.title].length <= 256 && [...embed.description].length <= 4_096);
      return { status: fits ? 204 : 400 };
    });
    const { tell } = openNotifier(DISCORD, {
      webhook_url: chat.url,
      title: 'é'.repeat(300),
      message: '📷'.repeat(5_000),
      content: 'c'.repeat(2_001),
      username: '{{ .Receiver }}',
      avatar_url: 'http://watch/icon.png',
    });
    expect(await tell()).toEqual({ ok: true });
    expect(chat.last.json()).toMatchObject({ username: 'chat', avatar_url: 'http://watch/icon.png' });
  });
});

describe('Microsoft Teams', () => {
  it('gets a message card by a connector', async () => {
    const chat = await openChat(() => ({ body: '1' }));
    const { tell } = openNotifier(MSTEAMS, { webhook_url: chat.url, title: TITLE, summary: TITLE, text: TEXT });
    expect(await tell(down)).toEqual({ ok: true });
    expect(chat.last.json()).toEqual({
      '@context': 'http://schema.org/extensions',
      '@type': 'MessageCard',
      type: 'MessageCard',
      title: '[firing:2] CameraDown',
      summary: '[firing:2] CameraDown',
      text: 'gate is down;yard is down;',
      themeColor: '8C1A1A',
    });
    await tell(up);
    expect(chat.last.json()).toMatchObject({ themeColor: '2DC72D' });
  });

  it('is tried again when the connector answers 200 and says that Teams did not take it', async () => {
    const body = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429';
    const chat = await openChat(() => ({ body }));
    const { tell } = openNotifier(MSTEAMS, { webhook_url: chat.url, title: 'T', summary: 'S', text: 'x' });
    expect(await tell()).toMatchObject({ ok: false, retry: true, reason: expect.stringContaining('429') });
  });

  it('gets an adaptive card by a workflow, small enough for Teams', async () => {
    const chat = await openChat((request) => ({ status: request.body.length < 28_000 ? 202 : 413 }));
    const { tell } = openNotifier(MSTEAMSV2, { webhook_url: chat.url, title: TITLE, text: TEXT });
    expect(await tell(down)).toEqual({ ok: true });
    expect(chat.last.json()).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.2',
            body: [
              {
                type: 'TextBlock',
                text: '[firing:2] CameraDown',
                weight: 'Bolder',
                size: 'Medium',
                wrap: true,
                style: 'heading',
                color: 'Attention',
              },
              { type: 'TextBlock', text: 'gate is down;yard is down;', wrap: true },
            ],
            msteams: { width: 'full' },
          },
        },
      ],
    });
    const long = openNotifier(MSTEAMSV2, { webhook_url: chat.url, title: 'é'.repeat(9_999), text: 'x'.repeat(99_999) });
    expect(await long.tell(up)).toEqual({ ok: true });
    expect(JSON.stringify(chat.last.json())).toContain('"color":"Good"');
  });
});

describe('Webex', () => {
  it("gets markdown in the room, with the bot's token, in at most 7,439 bytes", async () => {
    const chat = await openChat((request) =>
      request.headers.authorization === 'Bearer bot-token' ? { body: { id: '1' } } : { status: 401 },
    );
    const settings = {
      api_url: `${chat.url}/v1/messages`,
      room_id: 'room-{{ .GroupLabels.alertname }}',
      http_config: { authorization: { credentials: 'bot-token' } },
    };
    expect(await openNotifier(WEBEX, { ...settings, message: TEXT }).tell(down)).toEqual({ ok: true });
    expect(chat.requests[0]?.path).toBe('/v1/messages');
    expect(chat.last.json()).toEqual({ markdown: 'gate is down;yard is down;', roomId: 'room-CameraDown' });
    await openNotifier(WEBEX, { ...settings, message: 'é'.repeat(5_000) }).tell(down);
    const { markdown } = chat.last.json() as { markdown: string };
    expect(Buffer.byteLength(markdown)).toBe(7_439);
    expect(markdown).toMatch(/^é+…$/);
  });
});

describe('Mattermost', () => {
  const empty = { username: '', color: '', title: '', title_link: '', fallback: '' };

  it('gets one attachment of what the settings say', async () => {
    const chat = await openChat(() => ({ body: 'ok' }));
    const settings = {
      ...empty,
      webhook_url: chat.url,
      channel: 'ops',
      username: 'Vedette',
      text: TEXT,
      title: TITLE,
      color: '{{ if eq .Status "firing" }}#f00{{ else }}#0f0{{ end }}',
      fields: [{ title: 'Severity', value: '{{ .CommonLabels.severity }}', short: true }],
      props: { card: 'card' },
    };
    expect(await openNotifier(MATTERMOST, settings).tell(down)).toEqual({ ok: true });
    expect(chat.last.json()).toEqual({
      channel: 'ops',
      username: 'Vedette',
      attachments: [
        {
          color: '#f00',
          text: 'gate is down;yard is down;',
          title: '[firing:2] CameraDown',
          fields: [{ title: 'Severity', value: 'critical', short: true }],
        },
      ],
      props: { card: 'card' },
    });
  });

  it('gets the text beside attachments of its own, and no more than a post holds', async () => {
    const chat = await openChat(() => ({ body: 'ok' }));
    const attachments = [{ text: 'a', title: 'b' }];
    await openNotifier(MATTERMOST, { ...empty, webhook_url: chat.url, text: 'x'.repeat(20_000), attachments }).tell();
    const post = chat.last.json() as { text: string };
    expect(post).toMatchObject({ attachments: [{ text: 'a', title: 'b' }] });
    expect([...post.text]).toHaveLength(16_383);
  });

  it.each([
    ['urgent', { priority: 'urgent', requested_ack: true, persistent_notifications: true }],
    ['Important', { priority: 'important', requested_ack: true }],
    ['nonsense', { priority: 'standard' }],
  ])('priority %s asks only for what Mattermost allows', async (priority, expected) => {
    const chat = await openChat(() => ({ body: 'ok' }));
    const asked = { priority, requested_ack: true, persistent_notifications: true };
    await openNotifier(MATTERMOST, { ...empty, webhook_url: chat.url, text: 'x', priority: asked }).tell();
    expect(chat.last.json()).toMatchObject({ priority: expected });
    expect(Object.keys((chat.last.json() as { priority: object }).priority)).toEqual(Object.keys(expected));
  });
});

describe('Rocket.Chat', () => {
  const settings = {
    token: 'chat-token',
    token_id: 'chat-user',
    title: TITLE,
    text: TEXT,
    title_link: '',
    emoji: ':x:',
  };

  it('gets a message with the token and its user', async () => {
    const chat = await openChat((request) =>
      request.headers['x-auth-token'] === 'chat-token' && request.headers['x-user-id'] === 'chat-user'
        ? { body: { success: true } }
        : { status: 401 },
    );
    const { tell } = openNotifier(ROCKETCHAT, {
      ...settings,
      icon_url: '',
      api_url: `${chat.url}/chat`,
      channel: '#ops',
      fields: [{ title: 'Severity', value: '{{ .CommonLabels.severity }}' }],
      short_fields: true,
      actions: [{ type: 'web', text: 'Open', url: '{{ .ExternalURL }}' }],
    });
    expect(await tell(down)).toEqual({ ok: true });
    expect(chat.requests[0]?.path).toBe('/chat/api/v1/chat.postMessage');
    expect(chat.last.json()).toEqual({
      channel: '#ops',
      emoji: ':x:',
      attachments: [
        {
          title: '[firing:2] CameraDown',
          text: 'gate is down;yard is down;',
          color: 'red',
          fields: [{ title: 'Severity', value: 'critical', short: true }],
          actions: [{ type: 'button', text: 'Open', url: 'http://watch' }],
        },
      ],
    });
  });

  it.each([
    [{ success: false, error: 'error-room-not-found' }, false, 'channel "#ops": error-room-not-found'],
    ['<html>a proxy</html>', true, "not Rocket.Chat's"],
  ])('answers 200 to failures, too: %j', async (body, retry, words) => {
    const chat = await openChat(() => ({ body }));
    const { tell } = openNotifier(ROCKETCHAT, { ...settings, icon_url: '', api_url: chat.url, channel: '#ops' });
    expect(await tell()).toMatchObject({ ok: false, retry, reason: expect.stringContaining(words) });
  });

  it('does not carry its token to where a server redirects', async () => {
    const other = await openChat();
    const chat = await openChat(() => ({ status: 307, headers: { location: other.url } }));
    const { tell } = openNotifier(ROCKETCHAT, { ...settings, icon_url: '', api_url: chat.url });
    expect(await tell()).toMatchObject({ ok: false, retry: false });
    expect(other.requests).toEqual([]);
  });
});
