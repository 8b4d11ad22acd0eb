import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { SNS } from '../../../src/alerting/notify/sns/kind.ts';
import { aMessage, openChat, openNotifier } from '../../support/notifier-house.ts';
import type { ReceivedRequest } from '../../support/receiver-server.ts';
import { cleanUp } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

const SECRET_KEY = 'verifying/secret+key';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Verifies as Amazon does: from what arrived, without the code that signed it. */
function isSigned(request: ReceivedRequest): boolean {
  const { authorization = '' } = request.headers;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=AKID\/(\d{8})\/([^/]+)\/sns\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!parts) return false;
  const [, day = '', region = '', names = '', signature = ''] = parts;
  if (!names.split(';').includes('host')) return false;
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const [path, query = ''] = request.target.split('?');
  const canonical = [request.method, path, query, headers.join(''), names, sha256(request.body)].join('\n');
  const scope = `${day}/${region}/sns/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, 'sns', 'aws4_request'].reduce<Buffer>(
    (last, part) => hmac(last, part),
    Buffer.from(`AWS4${SECRET_KEY}`),
  );
  return hmac(key, toSign).toString('hex') === signature;
}

const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>id-1</MessageId></PublishResult></PublishResponse>';
const openSns = () =>
  openChat((request) =>
    isSigned(request)
      ? { body: PUBLISHED }
      : {
          status: 403,
          body: '<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The signature is wrong.</Message></Error></ErrorResponse>',
        },
  );
const keys = { region: 'eu-central-1', access_key: 'AKID', secret_key: SECRET_KEY };
const texts = {
  subject: '[{{ .Status }}]\n{{ .GroupLabels.alertname }}',
  message: '{{ range .Alerts }}{{ .Annotations.summary }} (é & ü)*;{{ end }}',
};
const form = (body: string): Record<string, string> => Object.fromEntries(new URLSearchParams(body));

describe('Amazon SNS', () => {
  it('takes a signed Publish to a topic, with subject and attributes', async () => {
    const sns = await openSns();
    const { tell, clock } = openNotifier(SNS, {
      api_url: sns.url,
      sigv4: keys,
      ...texts,
      topic_arn: 'arn:aws:sns:eu-central-1:123456789012:{{ .GroupLabels.alertname }}',
      attributes: { severity: '{{ .CommonLabels.severity }}' },
    });
    expect(await tell(aMessage(['gate', 'yard']))).toEqual({ ok: true, receiverSaid: 'id-1' });
    expect(form(sns.requests[0]?.body ?? '')).toEqual({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: 'arn:aws:sns:eu-central-1:123456789012:CameraDown',
      Message: 'gate is down (é & ü)*;yard is down (é & ü)*;',
      Subject: '[firing] CameraDown',
      'MessageAttributes.entry.1.Name': 'severity',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'critical',
    });
    // Each attempt is signed with its own moment.
    await clock.advance(3_600_000);
    expect(await tell()).toMatchObject({ ok: true });
    expect(sns.requests[1]?.headers['x-amz-date']).toBe('20260101T010000Z');
  });

  it('refuses a wrong signature, which is not tried again', async () => {
    const sns = await openSns();
    const { tell } = openNotifier(SNS, {
      api_url: sns.url,
      sigv4: { ...keys, secret_key: 'another' },
      ...texts,
      topic_arn: 'arn:aws:sns:eu-central-1:1:T',
    });
    expect(await tell()).toEqual({
      ok: false,
      retry: false,
      reason: 'HTTP status 403: SignatureDoesNotMatch: The signature is wrong.',
    });
  });

  it('is tried again when it throttles, which it says with status 400', async () => {
    const body =
      '<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>';
    const sns = await openChat(() => ({ status: 400, body }));
    const { tell } = openNotifier(SNS, { api_url: sns.url, sigv4: keys, ...texts, phone_number: '+4915112345678' });
    expect(await tell()).toMatchObject({ ok: false, retry: true, reason: expect.stringContaining('Rate exceeded') });
  });

  it('a FIFO topic takes a repetition as the same message, and another state of the group as another one', async () => {
    const sns = await openSns();
    const settings = { api_url: sns.url, sigv4: keys, ...texts, topic_arn: 'arn:aws:sns:eu-central-1:1:alerts.fifo' };
    const { tell } = openNotifier(SNS, settings);
    for (const message of [aMessage(['gate']), aMessage(['gate']), aMessage(['gate'], ['gate'])]) await tell(message);
    const ids = sns.requests.map(({ body }) => form(body));
    expect(new Set(ids.map((one) => one.MessageGroupId)).size).toBe(1);
    expect(ids[0]?.MessageGroupId).toBe(sha256('{}:{alertname="CameraDown"}'));
    expect(ids[1]?.MessageDeduplicationId).toBe(ids[0]?.MessageDeduplicationId);
    expect(ids[2]?.MessageDeduplicationId).not.toBe(ids[0]?.MessageDeduplicationId);
  });

  it('cuts messages to what SNS takes, and says so in an attribute', async () => {
    const sns = await openSns();
    const long = { ...texts, subject: 's'.repeat(200), message: 'é'.repeat(200_000) };
    await openNotifier(SNS, {
      api_url: sns.url,
      sigv4: keys,
      ...long,
      target_arn: 'arn:aws:sns:eu-central-1:1:endpoint/x',
    }).tell();
    const topic = form(sns.requests[0]?.body ?? '');
    expect(Buffer.byteLength(topic.Message ?? '')).toBeLessThanOrEqual(256 * 1024);
    expect(topic.Subject).toHaveLength(99);
    expect(topic).toMatchObject({
      TargetArn: 'arn:aws:sns:eu-central-1:1:endpoint/x',
      'MessageAttributes.entry.1.Name': 'truncated',
      'MessageAttributes.entry.1.Value.StringValue': 'true',
    });
    await openNotifier(SNS, { api_url: sns.url, sigv4: keys, ...long, phone_number: '+4915112345678' }).tell();
    const sms = form(sns.requests[1]?.body ?? '');
    expect([...(sms.Message ?? '')]).toHaveLength(1_600);
    expect(sms).toMatchObject({ PhoneNumber: '+4915112345678' });
    expect(sms).not.toHaveProperty('Subject');
  });

  it.each([
    [{ profile: 'ops', ...keys }, 'sigv4.profile is not supported'],
    [{ ...keys, role_arn: 'arn:aws:iam::1:role/x' }, 'sigv4.role_arn is not supported'],
    [{ region: 'eu-central-1' }, 'sigv4 needs access_key and secret_key'],
    [{ ...keys, region: '' }, 'sigv4.region is missing'],
  ])('says at the start what it cannot do: %j', (sigv4, words) => {
    expect(() => openNotifier(SNS, { phone_number: '+4915112345678', sigv4 })).toThrow(words);
  });
});
