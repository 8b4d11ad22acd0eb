import { z } from 'zod';
import { formatSize } from '../../../base/units.ts';
import { groupKeyHash } from '../group-key-hash.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { deliveryOf, failure } from '../retry.ts';
import { filledStructure } from '../templates/filled-structure.ts';
import { truncateRunes } from '../truncate.ts';
import type { PagerdutyConfig } from './config.ts';

/** developer.pagerduty.com: an event's size, and the length of its summary (v2) or description (v1). */
const EVENT_BYTES_MAX = 512_000;
const SUMMARY_RUNES_MAX = 1_024;
const EVENTS_V1 = 'https://events.pagerduty.com/generic/2010-04-15/create_event.json';
/** Version 1 says 403 to who comes too often. */
const V1_RETRY_STATUSES = [403];

/** Where version 1 goes; the file has no setting for it. */
export interface PagerdutyOptions {
  readonly eventsV1?: string;
}

/** PagerDuty: the Events API v2, or v1 for integrations that have a service key. Resolved groups resolve their incident. */
export function pagerdutyNotifier(
  config: PagerdutyConfig,
  deps: NotifyDeps,
  { eventsV1 = EVENTS_V1 }: PagerdutyOptions = {},
): Notifier {
  const { client, client_url, description, source, severity, component, group } = config;
  const own = { client, client_url, description, source, severity, class: config.class, component, group };
  deps.templates.check({ ...own, ...textsIn(config.details, 'details') });
  const isV1 = config.service_key !== undefined || config.service_key_file !== undefined;
  return httpNotifier('pagerduty', config, deps, async (telling) => {
    const event = isV1 ? await eventV1(config, telling) : await eventV2(config, telling);
    const answer = await telling.ask({
      url: isV1 ? eventsV1 : config.url,
      body: sized(event, isV1),
      headers: { 'content-type': 'application/json' },
      timeoutMs: config.timeout,
    });
    const { status } = answer;
    const answered = { status, retryAfter: answer.header('retry-after'), words: wordsOf(status, answer.body) };
    const delivery = deliveryOf(answered, deps.clock.now());
    if (isV1 && !delivery.ok && V1_RETRY_STATUSES.includes(status)) return failure(delivery.reason, true);
    return delivery;
  });
}

/** Texts of a structure by the paths they stand at. */
export function textsIn(value: unknown, path: string): Record<string, string> {
  if (typeof value === 'string') return { [path]: value };
  if (typeof value !== 'object' || value === null) return {};
  return Object.assign({}, ...Object.entries(value).map(([key, item]) => textsIn(item, `${path}.${key}`)));
}

const action = ({ message }: HttpTelling): 'trigger' | 'resolve' =>
  message.status === 'resolved' ? 'resolve' : 'trigger';

async function eventV1(config: PagerdutyConfig, telling: HttpTelling): Promise<Event> {
  const { fill, message } = telling;
  const event_type = action(telling);
  return {
    service_key: await key(config.service_key, config.service_key_file, 'service key', telling),
    event_type,
    incident_key: groupKeyHash(message.groupKey),
    description: truncateRunes(fill.text(config.description), SUMMARY_RUNES_MAX).text,
    details: filledStructure(config.details, fill.text),
    ...(event_type === 'trigger' && {
      ...some('client', fill.text(config.client)),
      ...some('client_url', fill.text(config.client_url)),
    }),
  };
}

async function eventV2(config: PagerdutyConfig, telling: HttpTelling): Promise<Event> {
  const { text } = telling.fill;
  const images = config.images
    .map(({ src, alt, href }) => ({ src: text(src), alt: text(alt), href: text(href) }))
    .filter(({ src }) => src !== '');
  const links = config.links
    .map(({ href, text: words }) => ({ href: text(href), text: text(words) }))
    .filter(({ href }) => href !== '');
  return {
    routing_key: await key(config.routing_key, config.routing_key_file, 'routing key', telling),
    dedup_key: groupKeyHash(telling.message.groupKey),
    event_action: action(telling),
    payload: {
      summary: truncateRunes(text(config.description), SUMMARY_RUNES_MAX).text,
      source: text(config.source),
      severity: text(config.severity),
      ...some('class', text(config.class)),
      ...some('component', text(config.component)),
      ...some('group', text(config.group)),
      custom_details: filledStructure(config.details, text),
    },
    ...some('client', text(config.client)),
    ...some('client_url', text(config.client_url)),
    ...(images.length > 0 && { images }),
    ...(links.length > 0 && { links }),
  };
}

const some = (name: string, value: string): Record<string, string> => (value === '' ? {} : { [name]: value });

/** The key may be a template: it is often a label of the alerts. */
async function key(
  written: PagerdutyConfig['routing_key'],
  file: string | undefined,
  name: string,
  { fill, secret, hide, fail }: HttpTelling,
): Promise<string> {
  const filled = fill.text((await secret(written, file)) ?? '');
  if (filled === '') return fail(`the ${name} is empty once it is filled in`, false);
  hide(filled);
  return filled;
}

interface Event {
  readonly details?: unknown;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** The event as JSON; without its details when PagerDuty would refuse it for its size. */
function sized(event: Event, isV1: boolean): string {
  const whole = JSON.stringify(event);
  if (Buffer.byteLength(whole) <= EVENT_BYTES_MAX) return whole;
  const details = {
    error: `The details were left out: with them the event is ${formatSize(Buffer.byteLength(whole))}, PagerDuty takes ${formatSize(EVENT_BYTES_MAX)}`,
  };
  return JSON.stringify(
    isV1 ? { ...event, details } : { ...event, payload: { ...event.payload, custom_details: details } },
  );
}

const refusal = z.object({ message: z.string().default(''), errors: z.array(z.string()).default([]) });

/** PagerDuty says in JSON what is wrong with an event. */
function wordsOf(status: number, body: Buffer): string {
  const said = status === 400 ? jsonAnswer(body, refusal) : undefined;
  return said === undefined ? body.toString('utf8') : `${said.message}: ${said.errors.join(', ')}`;
}
