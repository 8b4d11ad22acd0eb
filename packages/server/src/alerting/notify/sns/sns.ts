import { createHash } from 'node:crypto';
import { VedetteError } from '../../../base/errors.ts';
import type { HttpAnswer } from '../../../base/http-client/index.ts';
import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { deliveryOf, shortWords } from '../retry.ts';
import { truncateBytes, truncateRunes } from '../truncate.ts';
import type { SnsConfig } from './config.ts';
import { type SigningKey, awsEncode, signatureHeaders } from './sigv4.ts';

/** Of a message to a topic or an endpoint; more is refused. */
const MESSAGE_BYTES_MAX = 256 * 1024;
/** Of a text message; SNS sends it in parts. */
const SMS_RUNES_MAX = 1_600;
/** SNS wants less than 100. */
const SUBJECT_RUNES_MAX = 99;
const API_VERSION = '2010-03-31';
const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

/** Amazon SNS: one Publish to a topic, a phone number or an endpoint. Throws CONFIG_INVALID without keys or a region. */
export function snsNotifier(config: SnsConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  const key = signingKeyOf(config);
  const url = new URL(config.api_url ?? endpointOf(key.region));
  return httpNotifier('sns', config, deps, async (telling) => {
    const body = formOf(publication(config, telling));
    const headers = { 'content-type': FORM };
    const signed = signatureHeaders({ method: 'POST', url, headers, body }, key, deps.clock.now());
    const request = { url: url.href, headers: { ...headers, ...signed }, body, timeoutMs: ATTEMPT_TIMEOUT_MS };
    const answer = await telling.ask(request);
    if (answer.status >= 200 && answer.status < 300) {
      const id = element(answer, 'MessageId');
      return id === undefined ? { ok: true } : { ok: true, receiverSaid: id };
    }
    const code = element(answer, 'Code');
    const words = code === undefined ? answer.body.toString('utf8') : `${code}: ${element(answer, 'Message') ?? ''}`;
    const { status } = answer;
    // Throttling comes as 400, too.
    if (code?.startsWith('Throttl') === true) return telling.fail(`HTTP status ${status}: ${shortWords(words)}`, true);
    return deliveryOf({ status, retryAfter: answer.header('retry-after'), words }, deps.clock.now());
  });
}

function signingKeyOf({ sigv4, topic_arn, target_arn }: SnsConfig): SigningKey {
  const { access_key: accessKey, secret_key: secretKey, profile, role_arn: role } = sigv4;
  if (profile !== undefined || role !== undefined)
    throw new VedetteError(
      'CONFIG_INVALID',
      `sigv4.${profile === undefined ? 'role_arn' : 'profile'} is not supported: no credentials are fetched from Amazon or its files; write sigv4.access_key and secret_key`,
    );
  if (accessKey === undefined || secretKey === undefined)
    throw new VedetteError(
      'CONFIG_INVALID',
      'sigv4 needs access_key and secret_key: no other credentials are looked for',
    );
  // arn:aws:sns:us-east-2:123456789012:Topic
  const region = sigv4.region ?? (topic_arn ?? target_arn)?.split(':')[3];
  if (region === undefined || !/^[a-z0-9-]+$/.test(region))
    throw new VedetteError(
      'CONFIG_INVALID',
      'sigv4.region is missing, and the ARN names none; write such as us-east-2',
    );
  return { accessKey, secretKey: secretKey.reveal(), region, service: 'sns' };
}

function endpointOf(region: string): string {
  return `https://sns.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}

/** Parameters of Publish. */
function publication(config: SnsConfig, { fill: { text }, message }: HttpTelling): readonly [string, string][] {
  const isSms = config.phone_number !== undefined;
  const full = text(config.message);
  const body = isSms ? truncateRunes(full, SMS_RUNES_MAX) : truncateBytes(full, MESSAGE_BYTES_MAX);
  const subject = isSms ? '' : oneLine(text(config.subject));
  const attributes = new Map(Object.entries(config.attributes).map(([name, value]) => [text(name), text(value)]));
  if (body.wasCut) attributes.set('truncated', 'true');
  const topic = config.topic_arn === undefined ? undefined : text(config.topic_arn);
  return [
    ['Action', 'Publish'],
    ['Version', API_VERSION],
    ...given('TopicArn', topic),
    ...given('TargetArn', config.target_arn && text(config.target_arn)),
    ...given('PhoneNumber', config.phone_number && text(config.phone_number)),
    ['Message', body.text],
    ...given('Subject', subject),
    ...(topic?.endsWith('.fifo') === true ? fifoOf(message.groupKey, `${subject}\n${body.text}`) : []),
    ...[...attributes].flatMap(([name, value], i): [string, string][] => [
      [`MessageAttributes.entry.${i + 1}.Name`, name],
      [`MessageAttributes.entry.${i + 1}.Value.DataType`, 'String'],
      [`MessageAttributes.entry.${i + 1}.Value.StringValue`, value],
    ]),
  ];
}

/**
 * A FIFO topic keeps the order within a group, and drops what it has seen in the last five minutes. Alertmanager takes the group's key
 * for both, so that what changes in a group within five minutes is lost; here only a repetition of the same words is the same message.
 */
function fifoOf(groupKey: string, content: string): [string, string][] {
  return [
    ['MessageGroupId', sha256(groupKey)],
    ['MessageDeduplicationId', sha256(`${groupKey}\n${content}`)],
  ];
}

function given(name: string, value: string | undefined): [string, string][] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

/** SNS refuses line breaks and control characters in subjects. */
function oneLine(subject: string): string {
  return truncateRunes(subject.replace(/\p{Cc}+/gu, ' ').trim(), SUBJECT_RUNES_MAX).text;
}

function formOf(parameters: readonly (readonly [string, string])[]): string {
  return parameters.map((pair) => pair.map(awsEncode).join('=')).join('&');
}

/** Text of the first element of that name in an answer's XML, which is flat enough for this. */
function element(answer: HttpAnswer, name: string): string | undefined {
  const xml = answer.body.toString('utf8');
  const start = xml.indexOf(`<${name}>`);
  const end = start === -1 ? -1 : xml.indexOf(`</${name}>`, start);
  return end === -1 ? undefined : xml.slice(start + name.length + 2, end);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
