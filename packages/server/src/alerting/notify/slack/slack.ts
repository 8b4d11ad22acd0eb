import { z } from 'zod';
import type { HttpAnswer } from '../../../base/http-client/index.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { shortWords } from '../retry.ts';
import type { FilledTemplates } from '../templates/notification-templates.ts';
import { truncateRunes } from '../truncate.ts';
import { type SlackConfig, SLACK_POST_MESSAGE } from './config.ts';
import { SentMessages } from './sent-messages.ts';

/** api.slack.com: titles of attachments are cut there. */
const TITLE_RUNES_MAX = 1024;
const MARKDOWN_IN = ['fallback', 'pretext', 'text'];
/** Changes a message that was posted. */
const SLACK_UPDATE = 'https://slack.com/api/chat.update';

/** Slack, by an incoming webhook or as an app (`chat.postMessage`): one attachment per notification. */
export function slackNotifier(config: SlackConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(textsOf(config));
  const sent = new SentMessages();
  return httpNotifier('slack', config, deps, async (telling) => {
    const { fill, secret, send, fail, message } = telling;
    const url = await secret(config.api_url, config.api_url_file);
    if (url === undefined || !URL.canParse(url)) return fail('api_url_file does not hold a URL', false);
    const before = config.update_message && url === SLACK_POST_MESSAGE ? sent.of(message.groupKey) : undefined;
    const body = {
      ...slackMessage(config, fill),
      ...(before && { channel: before.channel, ts: before.timestamp }),
    };
    const answer = await send({ url: before ? SLACK_UPDATE : url, body, timeoutMs: config.timeout });
    const posted = checked(answer, body.channel ?? '', telling);
    if (config.update_message && posted) sent.keep(message.groupKey, posted);
    return posted === undefined ? { ok: true } : { ok: true, receiverSaid: `message ${posted.timestamp}` };
  });
}

function textsOf(config: SlackConfig): Readonly<Record<string, string>> {
  const own = Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value === 'string'));
  const fields = config.fields.flatMap(({ title, value }, i) => [
    [`fields[${i}].title`, title],
    [`fields[${i}].value`, value],
  ]);
  const actions = config.actions.flatMap(({ text, url, value }, i) => [
    [`actions[${i}].text`, text],
    [`actions[${i}].url`, url],
    [`actions[${i}].value`, value],
  ]);
  return { ...own, ...Object.fromEntries([...fields, ...actions]) } as Readonly<Record<string, string>>;
}

/** What is empty is left out, but for the keys that Slack wants. */
export function slackMessage(config: SlackConfig, { text }: FilledTemplates) {
  return {
    ...filled({
      channel: text(config.channel),
      username: text(config.username),
      icon_emoji: text(config.icon_emoji),
      icon_url: text(config.icon_url),
      text: text(config.message_text),
    }),
    ...(config.link_names && { link_names: true }),
    attachments: [attachment(config, text)],
  };
}

type Text = FilledTemplates['text'];

function attachment(config: SlackConfig, text: Text) {
  return {
    ...filled({
      title: truncateRunes(text(config.title), TITLE_RUNES_MAX).text,
      title_link: text(config.title_link),
      pretext: text(config.pretext),
    }),
    text: text(config.text),
    fallback: text(config.fallback),
    callback_id: text(config.callback_id),
    ...(config.fields.length > 0 && {
      fields: config.fields.map(({ title, value, short }) => ({
        title: text(title),
        value: text(value),
        short: short ?? config.short_fields,
      })),
    }),
    ...(config.actions.length > 0 && { actions: config.actions.map((action) => actionOf(action, text)) }),
    ...filled({ image_url: text(config.image_url), thumb_url: text(config.thumb_url) }),
    footer: text(config.footer),
    ...filled({ color: text(config.color) }),
    mrkdwn_in: config.mrkdwn_in.length > 0 ? config.mrkdwn_in : MARKDOWN_IN,
  };
}

function actionOf(action: SlackConfig['actions'][number], text: Text) {
  const { confirm, ...texts } = action;
  return {
    ...filled(Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, text(value)]))),
    ...(confirm && {
      confirm: filled({
        text: text(confirm.text),
        title: text(confirm.title),
        ok_text: text(confirm.ok_text),
        dismiss_text: text(confirm.dismiss_text),
      }),
    }),
  };
}

function filled<Keys extends string>(texts: Readonly<Record<Keys, string>>): Partial<Record<Keys, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== '')) as Partial<Record<Keys, string>>;
}

const apiAnswer = z.object({
  ok: z.boolean(),
  error: z.string().default(''),
  channel: z.string().default(''),
  ts: z.string().default(''),
});

/** Errors of the API that pass by themselves; the others say the same thing the next time. */
const PASSING_ERRORS = new Set(['ratelimited', 'rate_limited', 'internal_error', 'fatal_error', 'service_unavailable']);

/** Slack says in a good answer what went wrong. The posted message, if it was told. */
function checked(answer: HttpAnswer, channel: string, { fail }: HttpTelling) {
  const where = channel === '' ? '' : `channel "${channel}": `;
  if (!answer.header('content-type').startsWith('application/json')) {
    const words = answer.body.toString('utf8').trim();
    return words === 'ok' ? undefined : fail(`${where}Slack answered: ${shortWords(words) || '(nothing)'}`, false);
  }
  const said = jsonAnswer(answer.body, apiAnswer);
  if (said === undefined) return fail(`${where}Slack's answer is not the JSON it should be`, true);
  if (!said.ok) return fail(`${where}Slack answered: ${said.error || 'not ok'}`, PASSING_ERRORS.has(said.error));
  return said.ts === '' || said.channel === '' ? undefined : { channel: said.channel, timestamp: said.ts };
}
