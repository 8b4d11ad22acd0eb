import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { groupKeyHash } from '../group-key-hash.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { truncateRunes } from '../truncate.ts';
import type { OpsgenieConfig } from './config.ts';

/** docs.opsgenie.com: the alert's message. */
const MESSAGE_RUNES_MAX = 130;

/** Opsgenie's Alert API v2: an alert per group, which is closed when the group is over. */
export function opsgenieNotifier(config: OpsgenieConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(textsOf(config));
  return httpNotifier('opsgenie', config, deps, async (telling) => {
    const { fill, secret, hide, send, fail, message } = telling;
    const key = fill.text((await secret(config.api_key, config.api_key_file)) ?? '').trim();
    if (key === '') return fail('the API key is empty once it is filled in', false);
    hide(key);
    for (const { method, url, body } of requests(config, telling, groupKeyHash(message.groupKey)))
      await send({ method, url, body, headers: { authorization: `GenieKey ${key}` }, timeoutMs: ATTEMPT_TIMEOUT_MS });
    return { ok: true };
  });
}

function textsOf(config: OpsgenieConfig): Readonly<Record<string, string>> {
  const own = Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value === 'string'));
  const details = Object.entries(config.details).map(([name, value]) => [`details.${name}`, value]);
  const responders = config.responders.flatMap((responder, i) =>
    Object.entries(responder).map(([name, value]) => [`responders[${i}].${name}`, value]),
  );
  return { ...own, ...Object.fromEntries([...details, ...responders]) } as Readonly<Record<string, string>>;
}

interface OpsgenieRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly body: object;
}

function requests(config: OpsgenieConfig, { fill, message }: HttpTelling, alias: string): readonly OpsgenieRequest[] {
  const { text } = fill;
  const of = (what: string): string => `${config.api_url}v2/alerts/${alias}/${what}?identifierType=alias`;
  if (message.status === 'resolved')
    return [{ method: 'POST', url: of('close'), body: { source: text(config.source) } }];
  const title = truncateRunes(text(config.message), MESSAGE_RUNES_MAX).text;
  const description = text(config.description);
  const details = Object.entries(config.details).map(([name, value]) => [name, text(value)] as const);
  const responders = respondersOf(config, text);
  const tags = parts(text(config.tags));
  const actions = parts(text(config.actions));
  const create = {
    alias,
    message: title,
    ...some('description', description),
    details: { ...message.commonLabels, ...Object.fromEntries(details) },
    source: text(config.source),
    ...(responders.length > 0 && { responders }),
    ...(tags.length > 0 && { tags }),
    ...some('note', text(config.note)),
    ...some('priority', text(config.priority)),
    ...some('entity', text(config.entity)),
    ...(actions.length > 0 && { actions }),
  };
  const created: OpsgenieRequest = { method: 'POST', url: `${config.api_url}v2/alerts`, body: create };
  if (!config.update_alerts) return [created];
  return [
    created,
    { method: 'PUT', url: of('message'), body: { message: title } },
    { method: 'PUT', url: of('description'), body: { description } },
  ];
}

const some = (name: string, value: string): Record<string, string> => (value === '' ? {} : { [name]: value });

const parts = (list: string): readonly string[] =>
  list
    .trim()
    .split(',')
    .filter((part) => part !== '');

/** Who came out empty is left out; `teams` is a list of names. */
function respondersOf(config: OpsgenieConfig, text: (template: string) => string): readonly object[] {
  return config.responders.flatMap((responder): readonly object[] => {
    const filled = Object.fromEntries(
      Object.entries(responder)
        .map(([name, value]) => [name, text(value)] as const)
        .filter(([, value]) => value !== ''),
    );
    const { type = '', ...who } = filled;
    if (type === '' && Object.keys(who).length === 0) return [];
    if (type === 'teams') return parts(who.name ?? '').map((name) => ({ name, type: 'team' }));
    return [{ ...who, type }];
  });
}
