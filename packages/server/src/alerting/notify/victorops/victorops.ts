import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { groupKeyHash } from '../group-key-hash.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { truncateRunes } from '../truncate.ts';
import type { VictoropsConfig } from './config.ts';

/** help.victorops.com: the state message. */
const MESSAGE_RUNES_MAX = 20_480;
const MESSAGE_TYPES = new Set(['INFO', 'WARNING', 'CRITICAL']);

/** VictorOps (Splunk On-Call): the generic REST endpoint. The key is part of the address. */
export function victoropsNotifier(config: VictoropsConfig, deps: NotifyDeps): Notifier {
  const { routing_key, message_type, state_message, entity_display_name, monitoring_tool, custom_fields } = config;
  deps.templates.check({
    routing_key,
    message_type,
    state_message,
    entity_display_name,
    monitoring_tool,
    ...custom_fields,
  });
  return httpNotifier('victorops', config, deps, async ({ fill, secret, send, fail, message }) => {
    const { text } = fill;
    const key = await secret(config.api_key, config.api_key_file);
    if (key === undefined) return fail('the API key is empty', false);
    const type = text(message_type);
    const firing = MESSAGE_TYPES.has(type) ? type : 'CRITICAL';
    const body = {
      message_type: message.status === 'resolved' ? 'RECOVERY' : firing,
      entity_id: groupKeyHash(message.groupKey),
      entity_display_name: text(entity_display_name),
      state_message: truncateRunes(text(state_message), MESSAGE_RUNES_MAX).text,
      monitoring_tool: text(monitoring_tool),
      ...Object.fromEntries(Object.entries(custom_fields).map(([name, value]) => [name, text(value)])),
    };
    const url = `${config.api_url}${encodeURIComponent(key)}/${encodeURIComponent(text(routing_key))}`;
    await send({ url, body, timeoutMs: ATTEMPT_TIMEOUT_MS });
    return { ok: true };
  });
}
