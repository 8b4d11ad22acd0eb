import { z } from 'zod';
import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Delivery, Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { deliveryOf, failure } from '../retry.ts';
import { truncateRunes } from '../truncate.ts';
import type { TelegramConfig } from './config.ts';
import { htmlTextLength } from './html-length.ts';

/** Of a message once its markup is read: core.telegram.org/bots/api, sendMessage. */
const MESSAGE_RUNES_MAX = 4_096;
/** With markup; more is refused unread. */
const MESSAGE_BYTES_MAX = 32_768;

const answerSchema = z.looseObject({
  ok: z.boolean(),
  description: z.string().default(''),
  parameters: z.looseObject({ retry_after: z.number().optional() }).default({}),
});

/** Telegram's bot API: one message to a chat, or to a topic in it. */
export function telegramNotifier(config: TelegramConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  const base = config.api_url.replace(/\/+$/, '');
  return httpNotifier('telegram', config, deps, async (telling) => {
    const text = textOf(config, telling);
    const token = await telling.secret(config.bot_token, config.bot_token_file);
    if (token === undefined) return telling.fail(`${config.bot_token_file ?? 'bot_token_file'} is empty`, true);
    const chat = config.chat_id || (await chatFromFile(config, telling));
    const url = `${base}/bot${token}/sendMessage`;
    const send = (parseMode: string): Promise<Delivery | 'unreadable'> =>
      sendMessage({ url, body: messageJson(config, chat, text, parseMode), config, telling, deps });
    const sent = await send(config.parse_mode);
    if (sent !== 'unreadable') return sent;
    // Markup that a label has broken must not keep the page from arriving.
    const plain = await send('');
    return plain === 'unreadable' ? telling.fail('the message is refused even as plain text', true) : plain;
  });
}

function textOf(config: TelegramConfig, { fill, message }: HttpTelling): string {
  if (config.parse_mode !== 'HTML') return truncateRunes(fill.text(config.message), MESSAGE_RUNES_MAX).text;
  const html = fill.html(config.message);
  if (Buffer.byteLength(html) <= MESSAGE_BYTES_MAX && htmlTextLength(html) <= MESSAGE_RUNES_MAX) return html;
  // Cut HTML would be refused.
  const firing = message.alerts.filter((alert) => !alert.resolved).length;
  const resolved = message.alerts.length - firing;
  return `${firing} firing, ${resolved} resolved. The message is longer than Telegram takes; see ${escapeHtml(message.externalUrl)}`;
}

function messageJson(config: TelegramConfig, chat: number, text: string, parseMode: string): object {
  return {
    chat_id: chat,
    text,
    ...(parseMode === '' ? {} : { parse_mode: parseMode }),
    ...(config.message_thread_id === 0 ? {} : { message_thread_id: config.message_thread_id }),
    ...(config.disable_notifications ? { disable_notification: true } : {}),
    disable_web_page_preview: true,
  };
}

interface Sending {
  readonly url: string;
  readonly body: object;
  readonly config: TelegramConfig;
  readonly telling: HttpTelling;
  readonly deps: NotifyDeps;
}

/** Every failure is tried again, as in Alertmanager: a bot that was thrown out of a group may be let in again. */
async function sendMessage({ url, body, config, telling, deps }: Sending): Promise<Delivery | 'unreadable'> {
  const answer = await telling.ask({ url, body, timeoutMs: config.timeout || ATTEMPT_TIMEOUT_MS });
  const said = jsonAnswer(answer.body, answerSchema);
  if (said?.ok === true) return { ok: true };
  const { status } = answer;
  if (status === 400 && said?.description.includes("can't parse entities") === true) return 'unreadable';
  const words = said?.description ?? answer.body.toString('utf8');
  const judged = deliveryOf({ status, retryAfter: answer.header('retry-after'), words }, deps.clock.now());
  if (judged.ok) return telling.fail("the answer is not Telegram's; check api_url", true);
  const seconds = said?.parameters.retry_after;
  return failure(judged.reason, true, seconds === undefined ? judged.retryAfterMs : deps.clock.now() + seconds * 1_000);
}

async function chatFromFile({ chat_id_file: file }: TelegramConfig, telling: HttpTelling): Promise<number> {
  const text = (await telling.secret(undefined, file)) ?? '';
  const id = Number(text);
  if (/^-?\d{1,16}$/.test(text) && Number.isSafeInteger(id)) return id;
  return telling.fail(`${file ?? 'chat_id_file'} does not hold the number of a chat`, true);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
