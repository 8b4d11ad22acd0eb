import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { shortWords } from '../retry.ts';
import { truncateBytes, truncateRunes } from '../truncate.ts';
import { webhookUrl } from '../webhook-address.ts';
import type { MsteamsConfig } from './config.ts';

/** Teams takes messages of about 28 KB; what is over is refused as a whole. */
const TEXT_BYTES_MAX = 20_000;
const TITLE_RUNES_MAX = 512;

const RED = '8C1A1A';
const GREEN = '2DC72D';

/** A connector answers 200 also when Teams behind it did not take the message: these are its words then. */
const UNDELIVERED = 'webhook message delivery failed';

/** Microsoft Teams by an Office 365 connector: a message card. Spec: "Legacy actionable message card reference". */
export function msteamsNotifier(config: MsteamsConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  return httpNotifier('msteams', config, deps, async (telling) => {
    const { text } = telling.fill;
    const url = await webhookUrl(config, telling);
    const body = {
      '@context': 'http://schema.org/extensions',
      '@type': 'MessageCard',
      // Alertmanager's spelling, which some relays look at.
      type: 'MessageCard',
      title: truncateRunes(text(config.title), TITLE_RUNES_MAX).text,
      summary: truncateRunes(text(config.summary), TITLE_RUNES_MAX).text,
      text: truncateBytes(text(config.text), TEXT_BYTES_MAX).text,
      themeColor: telling.message.status === 'firing' ? RED : GREEN,
    };
    const answer = await telling.send({ url, body, timeoutMs: ATTEMPT_TIMEOUT_MS });
    const words = answer.body.toString('utf8');
    if (words.toLowerCase().includes(UNDELIVERED)) return telling.fail(shortWords(words), true);
    return { ok: true };
  });
}
