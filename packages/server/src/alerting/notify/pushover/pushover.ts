import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { truncateRunes } from '../truncate.ts';
import type { PushoverConfig } from './config.ts';

const PUSHOVER_API = 'https://api.pushover.net/1/messages.json';

/** pushover.net/api#limits */
const TITLE_RUNES_MAX = 250;
const MESSAGE_RUNES_MAX = 1_024;
const URL_RUNES_MAX = 512;

/** Where messages go; the file has no setting for it. */
export interface PushoverOptions {
  readonly api?: string;
}

/** Pushover: one message per notification, as a form in the body, where its token and user stand in no log of an address. */
export function pushoverNotifier(
  config: PushoverConfig,
  deps: NotifyDeps,
  { api = PUSHOVER_API }: PushoverOptions = {},
): Notifier {
  const { title, message: words, url, url_title, priority, device, sound } = config;
  deps.templates.check({ title, message: words, url, url_title, priority, device, sound });
  return httpNotifier('pushover', config, deps, async ({ fill, secret, hide, send, fail }) => {
    const { text } = fill;
    const token = text((await secret(config.token, config.token_file)) ?? '').trim();
    const user = text((await secret(config.user_key, config.user_key_file)) ?? '').trim();
    if (token === '' || user === '') return fail(`the ${token === '' ? 'token' : 'user key'} is empty`, false);
    hide(token);
    hide(user);
    // Pushover refuses a message without words.
    const body = truncateRunes(config.html ? fill.html(words) : text(words), MESSAGE_RUNES_MAX).text.trim();
    const form = new URLSearchParams({
      token,
      user,
      title: truncateRunes(text(title), TITLE_RUNES_MAX).text,
      message: body === '' ? '(no details)' : body,
      ...(config.html && { html: '1' }),
      ...(config.monospace && { monospace: '1' }),
      url: truncateRunes(text(url), URL_RUNES_MAX).text,
      url_title: text(url_title),
      priority: text(priority),
      retry: seconds(config.retry),
      expire: seconds(config.expire),
      device: text(device),
      sound: text(sound),
      ...(config.ttl >= 1_000 && { ttl: seconds(config.ttl) }),
    });
    await send({
      url: api,
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      timeoutMs: ATTEMPT_TIMEOUT_MS,
    });
    return { ok: true };
  });
}

const seconds = (ms: number): string => String(Math.floor(ms / 1_000));
