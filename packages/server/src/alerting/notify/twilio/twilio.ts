import { z } from 'zod';
import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Delivery, Notification, Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { deliveryOf, shortWords } from '../retry.ts';
import type { TwilioConfig } from './config.ts';
import { truncateSegments } from './segments.ts';

const answerSchema = z.looseObject({
  sid: z.string().default(''),
  code: z.number().optional(),
  message: z.string().default(''),
});

type Failure = Extract<Delivery, { readonly ok: false }>;

/**
 * Text messages by Twilio: one request for each number. A number that took the message is not asked again when the others are; one
 * that is refused for good does not keep the rest from counting as told. Spec: twilio.com/docs, "Messages resource".
 */
export function twilioNotifier(config: TwilioConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  // The same notification comes again as the same object when it is tried again.
  const told = new WeakMap<Notification, Map<string, Failure | undefined>>();
  return httpNotifier('twilio', config, deps, async (telling) => {
    const token = await telling.secret(config.auth_token, config.auth_token_file);
    if (token === undefined) return telling.fail(`${config.auth_token_file ?? 'auth_token_file'} is empty`, false);
    const url = messagesUrl(config, token);
    const body = truncateSegments(telling.fill.text(config.message), config.max_segments);
    const done = told.get(telling.message) ?? new Map<string, Failure | undefined>();
    told.set(telling.message, done);
    let passing: Failure | undefined;
    for (const to of config.to) {
      if (done.has(to)) continue;
      const delivery = await sendTo(to, { config, url, body, telling, deps });
      if (delivery.ok) done.set(to, undefined);
      else if (delivery.retry) passing = delivery;
      else done.set(to, delivery);
    }
    return passing ?? conclusion(config.to, done);
  });
}

interface Text {
  readonly config: TwilioConfig;
  readonly url: string;
  readonly body: string;
  readonly telling: HttpTelling;
  readonly deps: NotifyDeps;
}

async function sendTo(to: string, { config, url, body, telling, deps }: Text): Promise<Delivery> {
  const sender = config.from.startsWith('MG') ? 'MessagingServiceSid' : 'From';
  const form = new URLSearchParams({ To: to, [sender]: config.from, Body: body });
  const answer = await telling.ask({
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    timeoutMs: ATTEMPT_TIMEOUT_MS,
  });
  const said = jsonAnswer(answer.body, answerSchema);
  const words = said?.code === undefined ? answer.body.toString('utf8') : `code ${said.code}: ${said.message}`;
  const { status } = answer;
  const delivery = deliveryOf({ status, retryAfter: answer.header('retry-after'), words }, deps.clock.now());
  return delivery.ok ? delivery : { ...delivery, reason: `${masked(to)}: ${delivery.reason}` };
}

/** The account and its token as the user of the address: the client sends them to that host only, not where it redirects to. */
function messagesUrl({ api_url, account_sid }: TwilioConfig, token: string): string {
  const url = new URL(
    `2010-04-01/Accounts/${account_sid}/Messages.json`,
    api_url.endsWith('/') ? api_url : `${api_url}/`,
  );
  url.username = account_sid;
  url.password = encodeURIComponent(token);
  return url.href;
}

function conclusion(to: readonly string[], done: ReadonlyMap<string, Failure | undefined>): Delivery {
  const refused = to.flatMap((number) => done.get(number) ?? []);
  const [first] = refused;
  if (first === undefined) return { ok: true };
  if (refused.length === to.length) return first;
  return { ok: true, receiverSaid: `${refused.length} of ${to.length} numbers refused, ${shortWords(first.reason)}` };
}

/** Whose number it is says the end of it. */
function masked(number: string): string {
  return `number ending in ${number.slice(-4)}`;
}
