import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupKeyHash } from '../../../src/alerting/notify/group-key-hash.ts';
import { PAGERDUTY } from '../../../src/alerting/notify/pagerduty/kind.ts';
import { pagerdutyNotifier } from '../../../src/alerting/notify/pagerduty/pagerduty.ts';
import { alert, ended, faults, message, notifyDeps, tell } from '../../support/receiver-kit.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';

let server: ReceiverServer;

beforeEach(async () => {
  server = await ReceiverServer.start({
    bodyBytesMax: 512_000,
    check: ({ headers, method }) =>
      method === 'POST' && headers['content-type'] === 'application/json' ? undefined : 'invalid event',
  });
  server.answer = { status: 202, body: { status: 'success' } };
});
afterEach(() => server.close());

interface Told {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}
const told = () => server.last.json<Told>();
const v2 = (more: object = {}, ...rest: [ReturnType<typeof message>?]) =>
  tell(PAGERDUTY, { routing_key: 'key', url: `${server.url}/v2/enqueue`, ...more }, ...rest);

/** Version 1 has one address, which only the test may change. */
async function v1(more: object = {}, about = message()) {
  const config = PAGERDUTY.schema({ resolve_timeout: 0 }).parse({ service_key: 'service', ...more });
  const notifier = pagerdutyNotifier(config, await notifyDeps(), { eventsV1: `${server.url}/create_event.json` });
  try {
    return await notifier.notify(about, new AbortController().signal);
  } finally {
    await notifier.close?.();
  }
}

describe('PagerDuty, Events API v2', () => {
  it('triggers an incident for the group', async () => {
    expect(await v2()).toEqual({ ok: true });
    expect(server.last.path).toBe('/v2/enqueue');
    expect(told()).toEqual({
      routing_key: 'key',
      dedup_key: groupKeyHash('{}:{alertname="CameraDown"}'),
      event_action: 'trigger',
      client: 'Vedette',
      client_url: 'http://watch/alerts?receiver=pager',
      payload: {
        summary: 'FIRING 1: CameraDown (gate)',
        source: 'Vedette',
        severity: 'error',
        custom_details: {
          num_firing: 1,
          num_resolved: 0,
          resolved: [],
          firing: [
            {
              status: 'firing',
              labels: { alertname: 'CameraDown', camera: 'gate' },
              annotations: { summary: 'The camera is down' },
              startsAt: '2026-01-01T12:00:00Z',
              endsAt: '0001-01-01T00:00:00Z',
              generatorURL: 'http://watch/graph',
              fingerprint: alert().fingerprint,
            },
          ],
        },
      },
    });
  });

  it('resolves it under the same key', async () => {
    await v2();
    const key = told().dedup_key;
    await v2({}, message([ended()]));
    expect(told()).toMatchObject({ event_action: 'resolve', dedup_key: key });
  });

  it('fills in what the file says; images and links without an address are left out', async () => {
    await v2(
      {
        severity: '{{ .CommonLabels.severity }}',
        class: 'video',
        component: '{{ .CommonLabels.camera }}',
        group: 'yard',
        source: 'north',
        details: { firing: 'none', runbook: '{{ .CommonAnnotations.summary }}', list: ['{{ .Status }}'] },
        images: [{ src: 'http://img/{{ .CommonLabels.camera }}', alt: 'a' }, { src: '{{ .CommonLabels.nope }}' }],
        links: [{ href: 'http://book', text: 'Runbook' }, { text: 'nowhere' }],
      },
      message([alert({ severity: 'critical' })]),
    );
    expect(told()).toMatchObject({
      payload: {
        severity: 'critical',
        class: 'video',
        component: 'gate',
        group: 'yard',
        source: 'north',
        custom_details: { firing: 'none', num_firing: 1, runbook: 'The camera is down', list: ['firing'] },
      },
      images: [{ src: 'http://img/gate', alt: 'a', href: '' }],
      links: [{ href: 'http://book', text: 'Runbook' }],
    });
  });

  it('cuts the summary at 1024 characters', async () => {
    await v2({ description: 'x'.repeat(2_000) });
    expect(told().payload.summary).toBe(`${'x'.repeat(1_023)}…`);
  });

  it('leaves the details out of an event that would be too large, and says so in it', async () => {
    const many = Array.from({ length: 400 }, (_, i) =>
      alert({ camera: `c${i}` }, { annotations: { text: 'ö'.repeat(400) } }),
    );
    expect(
      await v2(
        {
          details: {
            firing: '{{ range .Alerts }}{{ .Annotations.text }}{{ end }}',
            a: '{{ range .Alerts }}{{ .Annotations.text }}{{ end }}',
          },
        },
        message(many),
      ),
    ).toEqual({ ok: true });
    expect(server.complaints).toEqual([]);
    expect(told().payload.custom_details).toEqual({ error: expect.stringContaining('The details were left out') });
  });

  it('the key may be a template, and stand in a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vedette-pd-')), 'key');
    writeFileSync(file, ' {{ .CommonLabels.team }}-key\n');
    await v2({ routing_key: undefined, routing_key_file: file }, message([alert({ team: 'north' })]));
    expect(told().routing_key).toBe('north-key');
    expect(await v2({ routing_key: '{{ .CommonLabels.nope }}' })).toEqual({
      ok: false,
      retry: false,
      reason: 'the routing key is empty once it is filled in',
    });
  });

  it.each([
    [429, true],
    [500, true],
    [403, false],
    [404, false],
  ])('status %d: trying again helps: %s', async (status, retry) => {
    server.answer = { status, body: 'why' };
    expect(await v2()).toMatchObject({ ok: false, retry, reason: `HTTP status ${status}: why` });
  });

  it('says what PagerDuty found wrong with an event', async () => {
    server.answer = {
      status: 400,
      body: { status: 'invalid event', message: 'Event object is invalid', errors: ["'severity' is wrong", 'b'] },
    };
    expect(await v2()).toEqual({
      ok: false,
      retry: false,
      reason: "HTTP status 400: Event object is invalid: 'severity' is wrong, b",
    });
  });

  it('hears Retry-After, and does not wait for who hangs', async () => {
    server.answer = { status: 429, headers: { 'retry-after': '9' } };
    const delivery = await v2();
    if (delivery.ok) throw new Error('delivered');
    expect((delivery.retryAfterMs ?? 0) - Date.now()).toBeGreaterThan(7_000);
    server.answer = { hang: true };
    expect(await v2({ timeout: '80ms' })).toMatchObject({ ok: false, retry: true });
  });
});

describe('PagerDuty, Events API v1', () => {
  it('is spoken by who has a service key', async () => {
    expect(await v1()).toEqual({ ok: true });
    expect(server.last.path).toBe('/create_event.json');
    expect(told()).toMatchObject({
      service_key: 'service',
      event_type: 'trigger',
      incident_key: groupKeyHash('{}:{alertname="CameraDown"}'),
      description: 'FIRING 1: CameraDown (gate)',
      client: 'Vedette',
      client_url: 'http://watch/alerts?receiver=pager',
      details: { num_firing: 1 },
    });
    await v1({}, message([ended()]));
    expect(told().event_type).toBe('resolve');
    expect(told()).not.toHaveProperty('client');
  });

  it('waits and tries again when it came too often (403), and on 5xx', async () => {
    server.answer = { status: 403, body: 'slow down' };
    expect(await v1()).toEqual({ ok: false, retry: true, reason: 'HTTP status 403: slow down' });
    server.answer = { status: 500 };
    expect(await v1()).toMatchObject({ retry: true });
    server.answer = { status: 400, body: 'no' };
    expect(await v1()).toMatchObject({ retry: false });
  });
});

it.each([
  [{}, 'missing service or routing key in PagerDuty config'],
  [{ routing_key: '' }, 'missing service or routing key in PagerDuty config'],
  [{ routing_key: 'a', routing_key_file: 'b' }, 'at most one of routing_key & routing_key_file must be configured'],
  [{ service_key: 'a', service_key_file: 'b' }, 'at most one of service_key & service_key_file must be configured'],
  [{ routing_key: 'a', url: 'nope' }, 'must be an http or https URL'],
])('settings of PagerDuty: %j: %s', (settings, fault) => {
  expect(faults(PAGERDUTY, settings)).toContain(fault);
});

it('settings of PagerDuty take their address from `global`', () => {
  const read = (global: object) => PAGERDUTY.schema({ resolve_timeout: 0, ...global }).parse({ routing_key: 'a' });
  expect(read({}).url).toBe('https://events.pagerduty.com/v2/enqueue');
  expect(read({ pagerduty_url: 'http://own/' })).toMatchObject({
    url: 'http://own/',
    source: '{{ template "pagerduty.default.client" . }}',
  });
});
