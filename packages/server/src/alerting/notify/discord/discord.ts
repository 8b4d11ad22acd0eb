import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { truncateRunes } from '../truncate.ts';
import { webhookUrl } from '../webhook-address.ts';
import type { DiscordConfig } from './config.ts';

/** Limits of Discord: discord.com/developers/docs, "Embed Limits" and "Execute Webhook". */
const TITLE_RUNES_MAX = 256;
const DESCRIPTION_RUNES_MAX = 4_096;
const CONTENT_RUNES_MAX = 2_000;

/** Of the bar beside the embed, as Alertmanager paints it. */
const RED = 0x992d22;
const GREEN = 0x2ecc71;

/** Discord: one message with one embed, through a channel's webhook. */
export function discordNotifier(config: DiscordConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  return httpNotifier('discord', config, deps, async (telling) => {
    const { text } = telling.fill;
    const url = await webhookUrl(config, telling);
    const username = text(config.username);
    const avatar = text(config.avatar_url);
    const body = {
      content: truncateRunes(text(config.content), CONTENT_RUNES_MAX).text,
      embeds: [
        {
          title: truncateRunes(text(config.title), TITLE_RUNES_MAX).text,
          description: truncateRunes(text(config.message), DESCRIPTION_RUNES_MAX).text,
          color: telling.message.status === 'firing' ? RED : GREEN,
        },
      ],
      // Empty ones are refused; without them the webhook's own name and picture are shown.
      ...(username === '' ? {} : { username }),
      ...(URL.canParse(avatar) ? { avatar_url: avatar } : {}),
    };
    await telling.send({ url, body, timeoutMs: ATTEMPT_TIMEOUT_MS });
    return { ok: true };
  });
}
