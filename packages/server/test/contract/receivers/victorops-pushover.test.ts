import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupKeyHash } from '../../../src/alerting/notify/group-key-hash.ts';
import { PUSHOVER } from '../../../src/alerting/notify/pushover/kind.ts';
import { pushoverNotifier } from '../../../src/alerting/notify/pushover/pushover.ts';
import { VICTOROPS } from '../../../src/alerting/notify/victorops/kind.ts';
import { Secret } from '../../../src/base/config-schema.ts';
import { alert, ended, faults, message, notifyDeps, tell } from '../../support/receiver-kit.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';

let server: ReceiverServer;

beforeEach(async () => {
  server = await ReceiverServer.start();
});
afterEach(() => server.close());

describe('the VictorOps receiver', () => {
  const send = (more: object = {}, about = message()) =>
    tell(
      VICTOROPS,
      { api_key: 'ke/y', api_url: `${server.url}/alert`, routing_key: 'team {{ .Status }}', ...more },
      about,
    );

  it('posts to the address that its keys make', async () => {
    expect(await send()).toEqual({ ok: true });
    expect(server.last).toMatchObject({ method: 'POST', path: '/alert/ke%2Fy/team%20firing' });
    expect(server.last.json()).toEqual({
      message_type: 'CRITICAL',
      entity_id: groupKeyHash('{}:{alertname="CameraDown"}'),
      entity_display_name: 'FIRING 1: CameraDown (gate)',
      state_message: expect.stringContaining('Firing now:\nalertname: CameraDown\n'),
      monitoring_tool: 'Vedette',
    });
    await send({}, message([ended()]));
    expect(server.last.json().message_type).toBe('RECOVERY');
  });

  it('knows three types of messages, and takes another for CRITICAL', async () => {
    await send({ message_type: '{{ .CommonLabels.level }}' }, message([alert({ level: 'WARNING' })]));
    expect(server.last.json().message_type).toBe('WARNING');
    await send({ message_type: 'LOUD' });
    expect(server.last.json().message_type).toBe('CRITICAL');
  });

  it('sends fields of its own, and cuts the message at 20480 characters', async () => {
    await send({ custom_fields: { site: '{{ .CommonLabels.camera }}' }, state_message: 'x'.repeat(30_000) });
    expect(server.last.json()).toMatchObject({ site: 'gate', state_message: `${'x'.repeat(20_479)}…` });
  });

  it.each([
    [500, true],
    [429, true],
    [404, false],
  ])('status %d: trying again helps: %s; the key in the address is not told', async (status, retry) => {
    server.answer = { status, body: ({ target }) => `nothing at ${target}` };
    const delivery = await send({ api_key: 'canary-key' });
    expect(delivery).toMatchObject({ ok: false, retry });
    expect(JSON.stringify(delivery)).not.toContain('canary');
  });

  it.each([
    [{ routing_key: 'a' }, 'no global VictorOps API Key set'],
    [{ api_key: 'a' }, 'missing Routing key in VictorOps config'],
    [{ api_key: 'a', api_key_file: 'b', routing_key: 'c' }, 'at most one of api_key & api_key_file must be configured'],
    [
      { api_key: 'a', routing_key: 'c', custom_fields: { entity_id: 'x' } },
      'victorOps config contains custom field entity_id which cannot be used',
    ],
  ])('checks %j: %s', (settings, fault) => {
    expect(faults(VICTOROPS, settings)).toContain(fault);
  });

  it('takes address and key from `global`', () => {
    const schema = VICTOROPS.schema({ resolve_timeout: 0, victorops_api_key: new Secret('g') });
    expect(schema.parse({ routing_key: 'a' })).toMatchObject({
      api_url: 'https://alert.victorops.com/integrations/generic/20131114/alert/',
    });
  });
});

describe('the Pushover receiver', () => {
  async function send(more: object = {}, about = message()) {
    const config = PUSHOVER.schema({ resolve_timeout: 0 }).parse({ user_key: 'user', token: 'token', ...more });
    const notifier = pushoverNotifier(config, await notifyDeps(), { api: `${server.url}/1/messages.json` });
    try {
      return await notifier.notify(about, new AbortController().signal);
    } finally {
      await notifier.close?.();
    }
  }
  const told = (): Record<string, string> => Object.fromEntries(server.last.form());

  it('posts a form; who must be asked again and again is', async () => {
    expect(await send()).toEqual({ ok: true });
    expect(server.last).toMatchObject({ method: 'POST', target: '/1/messages.json' });
    expect(server.last.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(told()).toMatchObject({
      token: 'token',
      user: 'user',
      title: 'FIRING 1: CameraDown (gate)',
      message: expect.stringContaining('The camera is down'),
      url: 'http://watch/alerts?receiver=pager',
      priority: '2',
      retry: '60',
      expire: '3600',
    });
    expect(told()).not.toHaveProperty('ttl');
    await send({}, message([ended()]));
    expect(told()).toMatchObject({ priority: '0' });
  });

  it('fills in the rest, with HTML in which nothing of the alert is markup', async () => {
    await send(
      {
        html: true,
        message: '<b>{{ .CommonLabels.camera }}</b>',
        device: 'd',
        sound: 's',
        ttl: '90s',
        retry: '1.5m',
        expire: '2h',
        url_title: 'u',
      },
      message([alert({ camera: '<i>' })]),
    );
    expect(told()).toMatchObject({
      html: '1',
      message: '<b>&lt;i&gt;</b>',
      device: 'd',
      sound: 's',
      ttl: '90',
      retry: '90',
      expire: '7200',
      url_title: 'u',
    });
    await send({ monospace: true, message: '  ' });
    expect(told()).toMatchObject({ monospace: '1', message: '(no details)' });
  });

  it('cuts title, message and address where Pushover does', async () => {
    await send({ title: 't'.repeat(500), message: 'm'.repeat(2_000), url: `http://a/${'u'.repeat(1_000)}` });
    expect([told().title?.length, told().message?.length, told().url?.length]).toEqual([250, 1_024, 512]);
  });

  it('reads its keys from files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-po-'));
    writeFileSync(join(folder, 'user'), 'from-file\n');
    await send({ user_key: undefined, user_key_file: join(folder, 'user') });
    expect(told().user).toBe('from-file');
  });

  it.each([
    [429, true],
    [500, true],
    [400, false],
  ])('status %d: trying again helps: %s', async (status, retry) => {
    server.answer = { status, body: { errors: ['user identifier is invalid'] } };
    expect(await send()).toMatchObject({ ok: false, retry });
  });

  it.each([
    [{ token: 'a' }, 'one of user_key or user_key_file must be configured'],
    [{ user_key: 'a' }, 'one of token or token_file must be configured'],
    [{ user_key: 'a', user_key_file: 'b', token: 'c' }, 'at most one of user_key & user_key_file must be configured'],
    [{ user_key: 'a', token: 'b', token_file: 'c' }, 'at most one of token & token_file must be configured'],
    [{ user_key: 'a', token: 'b', html: true, monospace: true }, 'at most one of monospace & html must be configured'],
    [{ user_key: 'a', token: 'b', retry: '1x' }, 'retry: not a valid duration'],
  ])('checks %j: %s', (settings, fault) => {
    expect(faults(PUSHOVER, settings)).toContain(fault);
  });
});
