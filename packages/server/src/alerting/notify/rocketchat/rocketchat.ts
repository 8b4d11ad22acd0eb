import { z } from 'zod';
import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { shortWords } from '../retry.ts';
import { truncateRunes } from '../truncate.ts';
import type { RocketchatConfig } from './config.ts';

const TITLE_RUNES_MAX = 1_024;

const answerSchema = z.looseObject({ success: z.boolean().default(false), error: z.string().default('') });

/** Rocket.Chat: `chat.postMessage` with one attachment. Spec: developer.rocket.chat, "Post Message". */
export function rocketchatNotifier(config: RocketchatConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  // The token is a header of its own, which a redirect would carry to another host.
  const http = { ...config.http_config, follow_redirects: false };
  const url = new URL('api/v1/chat.postMessage', withSlash(config.api_url)).href;
  return httpNotifier('rocketchat', { ...config, http_config: http }, deps, async (telling) => {
    const { text } = telling.fill;
    const token = await telling.secret(config.token, config.token_file);
    const id = await telling.secret(config.token_id, config.token_id_file);
    if (token === undefined || id === undefined) return telling.fail('the file of the token is empty', false);
    const channel = text(config.channel);
    const body = {
      ...sayIfSet('channel', channel),
      ...sayIfSet('emoji', text(config.emoji)),
      ...sayIfSet('avatar', text(config.icon_url)),
      attachments: [attachment(config, text)],
    };
    const headers = { 'x-auth-token': token, 'x-user-id': id };
    const answer = await telling.send({ url, headers, body, timeoutMs: ATTEMPT_TIMEOUT_MS });
    // Errors come with status 200, too.
    const said = jsonAnswer(answer.body, answerSchema);
    if (said === undefined)
      return telling.fail(`the answer is not Rocket.Chat's: ${shortWords(answer.body.toString('utf8'))}`, true);
    return said.success ? { ok: true } : telling.fail(`channel "${channel}": ${shortWords(said.error)}`, false);
  });
}

function attachment(config: RocketchatConfig, text: (template: string) => string): object {
  return {
    ...sayIfSet('title', truncateRunes(text(config.title), TITLE_RUNES_MAX).text),
    ...sayIfSet('title_link', text(config.title_link)),
    ...sayIfSet('text', text(config.text)),
    ...sayIfSet('image_url', text(config.image_url)),
    ...sayIfSet('thumb_url', text(config.thumb_url)),
    ...sayIfSet('color', text(config.color)),
    ...(config.fields.length === 0
      ? {}
      : {
          fields: config.fields.map(({ title, value, short }) => ({
            title: text(title),
            value: text(value),
            short: short ?? config.short_fields,
          })),
        }),
    // Buttons are all that there is.
    ...(config.actions.length === 0
      ? {}
      : {
          actions: config.actions.map((action) => ({
            type: 'button',
            ...sayIfSet('text', text(action.text)),
            ...sayIfSet('url', text(action.url)),
            ...sayIfSet('msg', text(action.msg)),
          })),
        }),
  };
}

function sayIfSet(key: string, value: string): Readonly<Record<string, string>> {
  return value === '' ? {} : { [key]: value };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
