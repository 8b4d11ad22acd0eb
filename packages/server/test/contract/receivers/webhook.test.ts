import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, rfc3339 } from '../../../src/alerting/fingerprint.ts';
import { type Delivery, truncated } from '../../../src/alerting/notify/notification.ts';
import { WEBHOOK } from '../../../src/alerting/notify/webhook/kind.ts';
import { webhookBody } from '../../../src/alerting/notify/webhook/webhook.ts';
import { Labels } from '../../../src/model/labels.ts';
import { makeCertificate } from '../../support/certificates.ts';
import { alert, ended, faults, message, open, tell } from '../../support/receiver-kit.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';

let server: ReceiverServer;

beforeEach(async () => {
  server = await ReceiverServer.start({
    check: ({ headers, method, body }) => {
      if (method !== 'POST') return `${method} instead of POST`;
      if (headers['content-type'] !== 'application/json') return `content type ${headers['content-type']}`;
      return body.startsWith('{') ? undefined : 'no JSON object';
    },
  });
});
afterEach(() => server.close());

const GATE = { alertname: 'CameraDown', camera: 'gate' };
const send = (more: Record<string, unknown> = {}, told = message()): Promise<Delivery> =>
  tell(WEBHOOK, { url: `${server.url}/hook`, ...more }, told);

describe('the webhook receiver', () => {
  it("posts Alertmanager's version 4", async () => {
    const two = message([ended({ camera: 'roof' }), alert()], { receiver: 'ops.pager', reason: 'first notification' });
    expect(await send({ url: `${server.url}/hook?x=1` }, two)).toEqual({ ok: true });
    expect(server.last).toMatchObject({ target: '/hook?x=1', headers: { 'user-agent': 'Vedette/test' } });
    expect(server.last.json()).toEqual({
      receiver: 'ops\\.pager',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: GATE,
          annotations: { summary: 'The camera is down' },
          startsAt: '2026-01-01T12:00:00Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'http://watch/graph',
          fingerprint: fingerprint(Labels.fromObject(GATE)),
        },
        {
          status: 'resolved',
          labels: { ...GATE, camera: 'roof' },
          annotations: { summary: 'The camera is down' },
          startsAt: '2026-01-01T12:00:00Z',
          endsAt: '2026-01-01T12:05:00.25Z',
          generatorURL: 'http://watch/graph',
          fingerprint: fingerprint(Labels.fromObject({ ...GATE, camera: 'roof' })),
        },
      ],
      notification_reason: 'first notification',
      groupLabels: { alertname: 'CameraDown' },
      commonLabels: { alertname: 'CameraDown' },
      commonAnnotations: { summary: 'The camera is down' },
      routeLabels: {},
      externalURL: 'http://watch',
      version: '4',
      groupKey: '{}:{alertname="CameraDown"}',
      truncatedAlerts: 0,
    });
  });

  it('cuts at max_alerts and says how many are missing', async () => {
    const three = message(['a', 'b', 'c'].map((camera) => alert({ camera })));
    await send({ max_alerts: 2 }, three);
    expect(server.last.json()).toMatchObject({
      truncatedAlerts: 1,
      alerts: [{ labels: { camera: 'a' } }, { labels: { camera: 'b' } }],
    });
    expect(webhookBody(truncated(three, 0))).toMatchObject({ truncatedAlerts: 0 });
  });

  it('does not tell the signed link that a server repeats', async () => {
    server.answer = { status: 400, body: ({ body }) => body };
    const told = message([alert()], { acknowledgeUrl: 'http://watch/links/acknowledge?token=canary' });
    const delivery = await send({ payload: { link: '{{ .AcknowledgeURL }}' } }, told);
    expect(server.last.body).toContain('token=canary');
    expect(JSON.stringify(delivery)).not.toContain('canary');
  });

  it("fills in the route's labels, once", async () => {
    const told = message([alert({ camera: '{{ .Receiver }}' })], {
      routeLabels: {
        team: 'north',
        text: '{{ routeLabels "team" }}: {{ (index .Alerts 0).Labels.camera }}',
        name: '{{ .GroupLabels.alertname }}',
      },
    });
    await send({ payload: { text: '{{ routeLabels "text" }}', same: '{{ .RouteLabels.text }}' } }, told);
    expect(server.last.json()).toEqual({ text: 'north: {{ .Receiver }}', same: 'north: {{ .Receiver }}' });
    await send({ max_alerts: 1 }, told);
    expect(server.last.json().routeLabels).toEqual({
      team: 'north',
      text: 'north: {{ .Receiver }}',
      name: 'CameraDown',
    });
  });

  it('route labels that ask for each other in a circle are a failure that says so', async () => {
    const told = message([alert()], { routeLabels: { a: '{{ routeLabels "b" }}', b: '{{ routeLabels "a" }}' } });
    expect(await send({}, told)).toMatchObject({ ok: false, retry: false });
    expect(JSON.stringify(await send({}, told))).toContain('circle: a -> b -> a');
  });

  it('sends a payload of its own, with structures where templates make JSON', async () => {
    const payload = {
      title: '{{ .Status | toUpper }}: {{ .CommonAnnotations.summary }}',
      count: '{{ len .Alerts }}',
      alerts: '{{ .Alerts | toJson }}',
      nested: [{ 'key-{{ .Status }}': 'a: b' }, 7, true, null],
      fixed: '007',
    };
    await send({ payload });
    expect(server.last.json()).toMatchObject({
      title: 'FIRING: The camera is down',
      count: 1,
      alerts: [{ status: 'firing', labels: GATE }],
      nested: [{ 'key-firing': 'a: b' }, 7, true, null],
      fixed: '007',
    });
  });

  it.each([
    [{ http_config: { basic_auth: { username: 'u', password: 'p' } } }, 'Basic dTpw'],
    [{ http_config: { authorization: { credentials: 'token' } } }, 'Bearer token'],
    [{ http_config: { authorization: { type: 'Key', credentials: 'token' } } }, 'Key token'],
  ])('identifies itself as configured', async (more, header) => {
    await send(more);
    expect(server.last.headers.authorization).toBe(header);
  });

  it('takes user and password out of the address', async () => {
    await send({ url: `http://u:p@${server.host}/` });
    expect(server.last.headers.authorization).toBe('Basic dTpw');
  });

  it('sends headers of its own, over TLS with a client certificate', async () => {
    const authority = makeCertificate({ name: 'authority' });
    const own = makeCertificate({ name: 'server', hosts: ['127.0.0.1'], issuer: authority });
    const client = makeCertificate({ name: 'client', issuer: authority });
    const tls = await ReceiverServer.start({
      tls: { cert: own.cert, key: own.key, ca: authority.cert, requestCert: true },
    });
    try {
      const config = {
        tls_config: { ca: authority.cert, cert: client.cert, key: client.key },
        http_headers: { 'X-Site': { values: ['north'] } },
      };
      expect(await tell(WEBHOOK, { url: tls.url, http_config: config })).toEqual({ ok: true });
      expect(tls.last.headers['x-site']).toBe('north');
      expect(await tell(WEBHOOK, { url: tls.url })).toMatchObject({ ok: false, retry: true });
    } finally {
      await tls.close();
    }
  });

  it('reads its address from a file at each notification, where it may be a template', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vedette-url-')), 'url');
    writeFileSync(file, `${server.url}/one-{{ .Status }}\n`);
    const notifier = await open(WEBHOOK, { url_file: file });
    const { signal } = new AbortController();
    await notifier.notify(message(), signal);
    writeFileSync(file, `${server.url}/two\n`);
    await notifier.notify(message(), signal);
    writeFileSync(file, 'nonsense');
    expect(await notifier.notify(message(), signal)).toEqual({
      ok: false,
      retry: false,
      reason: 'url is not an http or https URL once it is filled in',
    });
    expect(server.requests.map(({ path }) => path)).toEqual(['/one-firing', '/two']);
    expect(await tell(WEBHOOK, { url_file: '/nope/url' })).toMatchObject({ ok: false, retry: false });
    await notifier.close?.();
  });

  it.each([
    [500, true],
    [503, true],
    [429, true],
    [400, false],
    [404, false],
    [302, false],
  ])('takes status %d as a failure; trying again helps: %s', async (status, retry) => {
    server.answer = { status, body: 'why it\n failed', headers: { location: '/elsewhere' } };
    expect(await send()).toEqual({ ok: false, retry, reason: `HTTP status ${status}: why it failed` });
    expect(server.requests).toHaveLength(1);
  });

  it('follows a redirect that keeps the message, and only when it may', async () => {
    server.answers = [{ status: 308, headers: { location: '/moved' } }];
    expect(await send()).toEqual({ ok: true });
    expect(server.last).toMatchObject({ path: '/moved', method: 'POST' });
    server.answers = [{ status: 308, headers: { location: '/moved' }, body: 'moved' }];
    expect(await send({ http_config: { follow_redirects: false } })).toMatchObject({ ok: false, retry: false });
  });

  it('hears Retry-After', async () => {
    server.answer = { status: 429, headers: { 'retry-after': '30' } };
    const delivery = await send();
    expect(delivery).toMatchObject({ ok: false, retry: true });
    if (!delivery.ok) expect((delivery.retryAfterMs ?? 0) - Date.now()).toBeGreaterThan(28_000);
  });

  it('gives up on a receiver that does not answer in time, or drop by drop', async () => {
    server.answer = { hang: true };
    const late = { ok: false, retry: true, reason: 'no complete answer within 100ms (timeout)' };
    expect(await send({ timeout: '0.1s' })).toEqual(late);
    server.answer = { body: 'a long answer that takes its time', dripMs: 20 };
    expect(await send({ timeout: '100ms' })).toEqual(late);
  });

  it('without a timeout of its own it waits until the group has to move on', async () => {
    server.answer = { hang: true };
    const group = new AbortController();
    setTimeout(() => group.abort(new Error('the group moves on')), 50);
    await expect(
      tell(WEBHOOK, { url: server.url, timeout: '0s' }, message(), { signal: group.signal }),
    ).rejects.toThrow('the group moves on');
  });

  it('reads no more of an endless answer than its beginning: an error stays one, a success too', async () => {
    server.answer = { status: 500, endless: true };
    const delivery = await send();
    expect(delivery).toMatchObject({ ok: false, retry: true });
    if (!delivery.ok) expect(delivery.reason.length).toBeLessThan(300);
    server.answer = { status: 200, endless: true };
    expect(await send()).toEqual({ ok: true });
  });

  it('says that nobody listens, without telling the path', async () => {
    const { host } = server;
    await server.close();
    expect(await tell(WEBHOOK, { url: `http://${host}/secret-path` })).toEqual({
      ok: false,
      retry: true,
      reason: `connection refused by ${host}; is it running?`,
    });
    server = await ReceiverServer.start();
  });

  it.each([
    [{}, 'url: one of url or url_file must be configured'],
    [{ url: 'http://a/', url_file: '/b' }, 'url: at most one of url & url_file must be configured'],
    [{ url: 'ftp://user:hunter2@a/' }, 'must be an http or https URL'],
    [{ url: 'http://a/', max_alerts: -1 }, 'max_alerts'],
    [{ url: 'http://a/', timeout: 'soon' }, 'timeout: not a valid duration: "soon"'],
    [{ url: 'http://a/', http_config: { bearer_token: 'a', authorization: { credentials: 'b' } } }, 'at most one of'],
    [{ url: 'http://a/{{ .Status }}' }, ''],
  ])('checks %j: %s', (settings, fault) => {
    const found = faults(WEBHOOK, settings);
    expect(found).toContain(fault);
    expect(found === '').toBe(fault === '');
    expect(found).not.toContain('hunter2');
  });

  it('a template that cannot be read is refused when the receiver is opened', async () => {
    await expect(open(WEBHOOK, { url: 'http://a/{{ .Status' })).rejects.toThrow('url: template 1:');
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
