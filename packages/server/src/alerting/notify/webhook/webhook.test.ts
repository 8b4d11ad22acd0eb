import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../base/clock.ts';
import { Labels } from '../../../model/labels.ts';
import { fingerprint, rfc3339 } from '../../fingerprint.ts';
import { postOverHttp, retryAfterMs } from '../http-post.ts';
import { type Delivery, type GroupAlert, type Notification, createNotification } from '../notification.ts';
import { webhookConfig } from './config.ts';
import { webhookBody, webhookNotifier } from './webhook.ts';

interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

let answer: { status: number; headers?: Record<string, string>; body?: string | (() => AsyncIterable<string>) };
const seen: Seen[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    seen.push({
      url: request.url ?? '',
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      body: JSON.parse(text),
    });
    if (answer.status === 0) return;
    response.writeHead(answer.status, answer.headers);
    if (typeof answer.body === 'function') {
      void (async () => {
        for await (const part of (answer.body as () => AsyncIterable<string>)())
          if (!response.destroyed) response.write(part);
      })();
    } else response.end(answer.body);
  });
});
let base: string;
let open = false;

beforeEach(async () => {
  seen.length = 0;
  answer = { status: 200 };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  open = true;
  base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
const close = async (): Promise<void> => {
  if (!open) return;
  open = false;
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
};
afterEach(close);

function alert(
  labels: Record<string, string>,
  resolved = false,
  annotations: Record<string, string> = { summary: 'S' },
): GroupAlert {
  const set = Labels.fromObject(labels);
  return {
    labels: set,
    annotations,
    value: 0,
    startsAtMs: Date.UTC(2026, 0, 1, 12),
    endsAtMs: Date.UTC(2026, 0, 1, 12, 5, 0, 250),
    resolved,
    generatorUrl: 'http://watch/graph',
    fingerprint: fingerprint(set),
  };
}

const message = (alerts: readonly GroupAlert[]): Notification =>
  createNotification({
    receiver: 'pager',
    groupKey: '{}:{alertname="CameraDown"}',
    groupLabels: Labels.fromObject({ alertname: 'CameraDown' }),
    routeLabels: {},
    alerts,
    externalUrl: 'http://watch',
  });

function notifier(url: string, more: Record<string, unknown> = {}) {
  return webhookNotifier(webhookConfig.parse({ url, ...more }), postOverHttp, new SystemClock());
}

const GATE = { alertname: 'CameraDown', camera: 'gate' };
const send = (url: string, more?: Record<string, unknown>): Promise<Delivery> =>
  notifier(url, more).notify(message([alert(GATE)]), new AbortController().signal);

describe('the webhook receiver', () => {
  it("posts Alertmanager's version 4", async () => {
    const two = message([alert({ ...GATE, camera: 'roof' }, true), alert(GATE)]);
    expect(await notifier(`http://${base}/hook?x=1`).notify(two, new AbortController().signal)).toEqual({ ok: true });
    expect(seen[0]).toMatchObject({ url: '/hook?x=1', contentType: 'application/json' });
    expect(seen[0]?.body).toEqual({
      receiver: 'pager',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: GATE,
          annotations: { summary: 'S' },
          startsAt: '2026-01-01T12:00:00Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'http://watch/graph',
          fingerprint: fingerprint(Labels.fromObject(GATE)),
        },
        {
          status: 'resolved',
          labels: { ...GATE, camera: 'roof' },
          annotations: { summary: 'S' },
          startsAt: '2026-01-01T12:00:00Z',
          endsAt: '2026-01-01T12:05:00.25Z',
          generatorURL: 'http://watch/graph',
          fingerprint: fingerprint(Labels.fromObject({ ...GATE, camera: 'roof' })),
        },
      ],
      groupLabels: { alertname: 'CameraDown' },
      commonLabels: { alertname: 'CameraDown' },
      commonAnnotations: { summary: 'S' },
      externalURL: 'http://watch',
      version: '4',
      groupKey: '{}:{alertname="CameraDown"}',
      truncatedAlerts: 0,
    });
  });

  it('cuts at max_alerts and says how many are missing', () => {
    const body = webhookBody(message(['a', 'b', 'c'].map((camera) => alert({ camera }))), 2);
    expect(body).toMatchObject({
      truncatedAlerts: 1,
      alerts: [{ labels: { camera: 'a' } }, { labels: { camera: 'b' } }],
    });
  });

  it.each([
    [{ http_config: { basic_auth: { username: 'u', password: 'p' } } }, 'Basic dTpw'],
    [{ http_config: { authorization: { credentials: 'token' } } }, 'Bearer token'],
  ])('identifies itself as configured', async (more, header) => {
    await send(`http://${base}/`, more);
    expect(seen[0]?.authorization).toBe(header);
  });

  it('takes user and password out of the address', async () => {
    await send(`http://u:p@${base}/`);
    expect(seen[0]?.authorization).toBe('Basic dTpw');
  });

  it.each([
    [500, true],
    [503, true],
    [429, true],
    [400, false],
    [404, false],
    [302, false],
  ])('takes status %d as a failure; trying again helps: %s', async (status, retry) => {
    answer = { status, body: 'why it\n failed', headers: { location: '/elsewhere' } };
    expect(await send(`http://${base}/`)).toEqual({ ok: false, retry, reason: `HTTP status ${status}: why it failed` });
    expect(seen).toHaveLength(1);
  });

  it('hears Retry-After', async () => {
    answer = { status: 429, headers: { 'retry-after': '30' } };
    const delivery = await send(`http://${base}/`);
    expect(delivery).toMatchObject({ ok: false, retry: true });
    if (!delivery.ok) expect((delivery.retryAfterMs ?? 0) - Date.now()).toBeGreaterThan(28_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:10 GMT', 0)).toBe(Date.UTC(2026, 0, 1, 0, 0, 10));
    expect(retryAfterMs('soon', 0)).toBeUndefined();
  });

  it('gives up on a receiver that does not answer in time', async () => {
    answer = { status: 0 };
    expect(await send(`http://${base}/secret-path`, { timeout: '50ms' })).toEqual({
      ok: false,
      retry: true,
      reason: 'no answer within 0.05 s',
    });
  });

  it('reads no more of an endless answer than its beginning', async () => {
    answer = {
      status: 500,
      body: async function* () {
        for (let i = 0; i < 1_000; i++) yield 'x'.repeat(10_000);
      },
    };
    const delivery = await send(`http://${base}/`);
    expect(delivery).toMatchObject({ ok: false, retry: true });
    if (!delivery.ok) expect(delivery.reason.length).toBeLessThan(300);
  });

  it('says that nobody listens, without telling the address', async () => {
    await close();
    const delivery = await send(`http://${base}/secret-path`);
    expect(delivery).toEqual({ ok: false, retry: true, reason: 'connection refused; is the receiver running?' });
  });
});

describe('fingerprints and times', () => {
  it('a fingerprint is FNV-1a over names and values', () => {
    expect(fingerprint(Labels.EMPTY)).toBe('cbf29ce484222325');
    expect(fingerprint(Labels.fromObject({ a: 'b' }))).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint(Labels.fromObject({ a: 'b' }))).not.toBe(fingerprint(Labels.fromObject({ ab: '' })));
  });

  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [10, '1970-01-01T00:00:00.01Z'],
    [100_000, '1970-01-01T00:01:40Z'],
  ])('%d ms is %s', (ms, text) => {
    expect(rfc3339(ms)).toBe(text);
  });
});
