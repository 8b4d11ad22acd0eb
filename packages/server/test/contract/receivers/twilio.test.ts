import { afterEach, describe, expect, it } from 'vitest';
import { TWILIO } from '../../../src/alerting/notify/twilio/kind.ts';
import { aMessage, openChat, openNotifier } from '../../support/notifier-house.ts';
import type { ReceiverAnswer } from '../../support/receiver-server.ts';
import { cleanUp } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

const SID = `AC${'0'.repeat(32)}`;
const ONE = '+4915100000001';
const TWO = '+4915100000002';

async function openTwilio(more: object = {}, answers: Record<string, () => ReceiverAnswer> = {}) {
  const chat = await openChat((request) => {
    if (request.headers.authorization !== `Basic ${Buffer.from(`${SID}:to:ken%`).toString('base64')}`)
      return { status: 401 };
    const to = new URLSearchParams(request.body).get('To') ?? '';
    return answers[to]?.() ?? { status: 201, body: { sid: 'SM1', status: 'queued' } };
  });
  const settings = {
    api_url: chat.url,
    account_sid: SID,
    auth_token: 'to:ken%',
    from: '+15005550006',
    to: [ONE, TWO],
    ...more,
  };
  const sentTo = (): (string | null)[] => chat.requests.map(({ body }) => new URLSearchParams(body).get('To'));
  return { chat, sentTo, ...openNotifier(TWILIO, settings) };
}

describe('text messages by Twilio', () => {
  it('go to each number, signed in with the account and its token', async () => {
    const { chat, tell, sentTo } = await openTwilio({ message: '{{ .Status }}: {{ .CommonAnnotations.summary }}' });
    expect(await tell()).toEqual({ ok: true });
    expect(sentTo()).toEqual([ONE, TWO]);
    expect(chat.requests[0]).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${SID}/Messages.json`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Object.fromEntries(new URLSearchParams(chat.requests[0]?.body))).toEqual({
      To: ONE,
      From: '+15005550006',
      Body: 'firing: gate is down',
    });
  });

  it('say by default how many fire, what, and where', async () => {
    const { chat, tell } = await openTwilio();
    await tell(aMessage(['gate']));
    await tell(aMessage(['gate'], ['gate']));
    expect(chat.requests.map(({ body }) => new URLSearchParams(body).get('Body'))).toEqual([
      '[FIRING 1] CameraDown gate is down',
      '[FIRING 1] CameraDown gate is down',
      '[RESOLVED 1] CameraDown gate is down',
      '[RESOLVED 1] CameraDown gate is down',
    ]);
  });

  it('come from a messaging service, cut to the segments that are allowed', async () => {
    const from = `MG${'1'.repeat(32)}`;
    const { chat, tell } = await openTwilio({ from, to: ONE, message: 'x'.repeat(2_000), max_segments: 2 });
    await tell();
    const form = new URLSearchParams(chat.requests[0]?.body);
    expect(form.get('MessagingServiceSid')).toBe(from);
    expect(form.get('From')).toBeNull();
    expect(form.get('Body')).toBe(`${'x'.repeat(303)}...`);
  });

  it('are not sent twice to a number that took them when another has to be tried again', async () => {
    let busy = true;
    const { tell, sentTo } = await openTwilio(
      {},
      {
        [TWO]: () =>
          busy
            ? { status: 429, headers: { 'retry-after': '2' }, body: { code: 20429, message: 'Too Many Requests' } }
            : { status: 201 },
      },
    );
    const message = aMessage();
    expect(await tell(message)).toMatchObject({
      ok: false,
      retry: true,
      reason: 'number ending in 0002: HTTP status 429: code 20429: Too Many Requests',
    });
    busy = false;
    expect(await tell(message)).toEqual({ ok: true });
    expect(sentTo()).toEqual([ONE, TWO, TWO]);
    await tell(aMessage());
    expect(sentTo()).toHaveLength(5);
  });

  it('count as told when one number is refused for good and another takes them, and not when none does', async () => {
    const refused = (): ReceiverAnswer => ({
      status: 400,
      body: { code: 21211, message: "Invalid 'To' Phone Number" },
    });
    const some = await openTwilio({}, { [ONE]: refused });
    expect(await some.tell()).toEqual({
      ok: true,
      receiverSaid:
        "1 of 2 numbers refused, number ending in 0001: HTTP status 400: code 21211: Invalid 'To' Phone Number",
    });
    const none = await openTwilio({}, { [ONE]: refused, [TWO]: refused });
    expect(await none.tell()).toMatchObject({ ok: false, retry: false });
  });
});
