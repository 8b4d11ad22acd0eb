import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { truncateBytes, truncateRunes } from '../truncate.ts';
import { webhookUrl } from '../webhook-address.ts';
import type { Msteamsv2Config } from './config.ts';

/** Teams takes messages of about 28 KB; what is over is refused as a whole. */
const TEXT_BYTES_MAX = 20_000;
const TITLE_RUNES_MAX = 512;

/** Microsoft Teams by a workflow ("Post to a channel when a webhook request is received"): an adaptive card. */
export function msteamsv2Notifier(config: Msteamsv2Config, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  return httpNotifier('msteamsv2', config, deps, async (telling) => {
    const url = await webhookUrl(config, telling);
    const title = truncateRunes(telling.fill.text(config.title), TITLE_RUNES_MAX).text;
    const text = truncateBytes(telling.fill.text(config.text), TEXT_BYTES_MAX).text;
    const attachment = {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: adaptiveCard(title, text, telling.message.status === 'firing'),
    };
    await telling.send({ url, body: { type: 'message', attachments: [attachment] }, timeoutMs: ATTEMPT_TIMEOUT_MS });
    return { ok: true };
  });
}

/** Spec: adaptivecards.io, version 1.2. */
function adaptiveCard(title: string, text: string, firing: boolean): object {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [
      {
        type: 'TextBlock',
        text: title,
        weight: 'Bolder',
        size: 'Medium',
        wrap: true,
        style: 'heading',
        color: firing ? 'Attention' : 'Good',
      },
      { type: 'TextBlock', text, wrap: true },
    ],
    msteams: { width: 'full' },
  };
}
