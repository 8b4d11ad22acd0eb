import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { truncateBytes } from '../truncate.ts';
import type { WebexConfig } from './config.ts';

/** Of a message, in bytes: developer.webex.com, "Create a Message". */
const MESSAGE_BYTES_MAX = 7_439;

/** Webex: one message to a room; the bot's token is the `authorization` of `http_config`. */
export function webexNotifier(config: WebexConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  return httpNotifier('webex', config, deps, async (telling) => {
    const body = {
      markdown: truncateBytes(telling.fill.text(config.message), MESSAGE_BYTES_MAX).text,
      roomId: telling.fill.text(config.room_id),
    };
    await telling.send({ url: config.api_url, body, timeoutMs: ATTEMPT_TIMEOUT_MS });
    return { ok: true };
  });
}
