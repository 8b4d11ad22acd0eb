import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { TELEGRAM } from '../../../src/alerting/notify/telegram/kind.ts';
import { aMessage, openChat, openNotifier } from '../../support/notifier-house.ts';
import type { ReceiverAnswer } from '../../support/receiver-server.ts';
import { cleanUp } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

const TOKEN = '123456:bot-token';
const SENT = { ok: true, result: { message_id: 1 } };

async function openTelegram(settings: object, answer: () => ReceiverAnswer = () => ({ body: SENT })) {
  const chat = await openChat((request) => (request.path === `/bot${TOKEN}/sendMessage` ? answer() : { status: 404 }));
  const opened = openNotifier(TELEGRAM, { api_url: chat.url, bot_token: TOKEN, chat_id: -1001234567890, ...settings });
  return { chat, ...opened };
}

describe('Telegram', () => {
  it('gets HTML in which nothing of an alert is markup', async () => {
    const { chat, tell } = await openTelegram({ message: '<b>{{ .CommonLabels.place }}</b>' });
    expect(await tell(aMessage(['gate'], [], { place: 'North <i>& yard</i>' }))).toEqual({ ok: true });
    expect(chat.last.json()).toEqual({
      chat_id: -1001234567890,
      text: '<b>North &lt;i&gt;&amp; yard&lt;/i&gt;</b>',
      parse_mode: 'HTML',
      disable_web_page_preview: true,
    });
  });

  it('gets the default message, a topic, and silence when they are set', async () => {
    const { chat, tell } = await openTelegram({ message_thread_id: 7, disable_notifications: true });
    expect(await tell()).toEqual({ ok: true });
    expect(chat.last.json()).toMatchObject({
      message_thread_id: 7,
      disable_notification: true,
      text: expect.stringContaining('CameraDown'),
    });
  });

  it.each(['Markdown', 'MarkdownV2', ''])('cuts a message in %j to what it takes', async (parse_mode) => {
    const { chat, tell } = await openTelegram({ parse_mode, message: '📷'.repeat(5_000) });
    await tell();
    const sent = chat.last.json() as { text: string; parse_mode?: string };
    expect([...sent.text]).toHaveLength(4_096);
    expect(sent.parse_mode ?? '').toBe(parse_mode);
  });

  it('gets a short message instead of HTML that is too long: cut HTML would be refused', async () => {
    const { chat, tell } = await openTelegram({ message: '<b>{{ range .Alerts }}{{ .Labels.place }}{{ end }}</b>' });
    const cameras = ['gate', 'yard'];
    await tell(aMessage(cameras, ['yard'], { place: 'x'.repeat(3_000) }));
    expect(chat.last.json()).toMatchObject({
      text: '1 firing, 1 resolved. The message is longer than Telegram takes; see http://watch',
    });
    await tell(aMessage(cameras, [], { place: '&'.repeat(2_048) }));
    expect(chat.last.json()).toMatchObject({ text: `<b>${'&amp;'.repeat(4_096)}</b>` });
  });

  it('gets the message as plain text when it cannot read the markup', async () => {
    let first = true;
    const { chat, tell } = await openTelegram(
      { parse_mode: 'MarkdownV2', message: '*{{ .CommonLabels.severity }}' },
      () => {
        if (!first) return { body: SENT };
        first = false;
        return {
          status: 400,
          body: { ok: false, error_code: 400, description: "Bad Request: can't parse entities: …" },
        };
      },
    );
    expect(await tell()).toEqual({ ok: true });
    expect(chat.requests).toHaveLength(2);
    expect(chat.last.json()).not.toHaveProperty('parse_mode');
  });

  it('is tried again after the time it asks for, and after any other failure', async () => {
    let answer: ReceiverAnswer = {
      status: 429,
      body: {
        ok: false,
        error_code: 429,
        description: 'Too Many Requests: retry after 5',
        parameters: { retry_after: 5 },
      },
    };
    const { tell, clock } = await openTelegram({ message: 'x' }, () => answer);
    expect(await tell()).toEqual({
      ok: false,
      retry: true,
      reason: 'HTTP status 429: Too Many Requests: retry after 5',
      retryAfterMs: clock.now() + 5_000,
    });
    answer = { status: 403, body: { ok: false, description: `Forbidden: bot ${TOKEN} was kicked` } };
    expect(await tell()).toEqual({
      ok: false,
      retry: true,
      reason: 'HTTP status 403: Forbidden: bot <secret> was kicked',
    });
    answer = { body: '<html>' };
    expect(await tell()).toMatchObject({ ok: false, retry: true, reason: expect.stringContaining('check api_url') });
  });

  it('reads token and chat from files each time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-telegram-'));
    const [token, id] = [join(folder, 'token'), join(folder, 'chat')];
    const { chat, tell } = await openTelegram({
      bot_token: undefined,
      bot_token_file: token,
      chat_id: undefined,
      chat_id_file: id,
      message: 'x',
    });
    writeFileSync(token, `${TOKEN}\n`);
    writeFileSync(id, 'the ops group');
    expect(await tell()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('does not hold the number of a chat'),
    });
    writeFileSync(id, '-42\n');
    expect(await tell()).toEqual({ ok: true });
    expect(chat.last.json()).toMatchObject({ chat_id: -42 });
  });
});
