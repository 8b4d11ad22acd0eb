import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { truncateRunes } from '../truncate.ts';
import { webhookUrl } from '../webhook-address.ts';
import type { MattermostAttachment, MattermostConfig } from './config.ts';

/** Of a post: developers.mattermost.com, "Incoming webhooks", tips. */
const TEXT_RUNES_MAX = 16_383;

type Fill = (template: string) => string;

/** Mattermost by an incoming webhook: one attachment, or the text and the attachments that the settings list. */
export function mattermostNotifier(config: MattermostConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  return httpNotifier('mattermost', config, deps, async (telling) => {
    const url = await webhookUrl(config, telling);
    await telling.send({ url, body: post(config, telling.fill.text), timeoutMs: ATTEMPT_TIMEOUT_MS });
    return { ok: true };
  });
}

function post(config: MattermostConfig, text: Fill): object {
  const { attachments, props } = config;
  const listed = attachments.length > 0;
  return written({
    text: listed ? truncateRunes(text(config.text), TEXT_RUNES_MAX).text : '',
    channel: text(config.channel),
    username: text(config.username),
    icon_url: text(config.icon_url),
    icon_emoji: text(config.icon_emoji),
    attachments: (listed ? attachments : [config]).map((one) => attachmentJson(one, text)),
    type: text(config.type),
    props: props && props.card !== '' ? { card: text(props.card) } : undefined,
    priority: priorityOf(config, text),
  });
}

function attachmentJson(attachment: MattermostAttachment, text: Fill): object {
  return written({
    fallback: text(attachment.fallback),
    color: text(attachment.color),
    pretext: text(attachment.pretext),
    text: truncateRunes(text(attachment.text), TEXT_RUNES_MAX).text,
    author_name: text(attachment.author_name),
    author_link: text(attachment.author_link),
    author_icon: text(attachment.author_icon),
    title: text(attachment.title),
    title_link: text(attachment.title_link),
    fields:
      attachment.fields.length === 0
        ? undefined
        : attachment.fields.map(({ title, value, short }) =>
            written({ title: text(title), value: text(value), short }),
          ),
    thumb_url: text(attachment.thumb_url),
    footer: text(attachment.footer),
    footer_icon: text(attachment.footer_icon),
    image_url: text(attachment.image_url),
  });
}

/** Mattermost refuses posts whose priority it does not know, and acknowledgements of standard ones. */
function priorityOf({ priority }: MattermostConfig, text: Fill): object | undefined {
  if (!priority || priority.priority === '') return undefined;
  const asked = text(priority.priority).toLowerCase();
  const level = asked === 'urgent' || asked === 'important' ? asked : 'standard';
  return {
    priority: level,
    ...(priority.requested_ack && level !== 'standard' ? { requested_ack: true } : {}),
    ...(priority.persistent_notifications && level === 'urgent' ? { persistent_notifications: true } : {}),
  };
}

/** Without what says nothing. */
function written(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
}
