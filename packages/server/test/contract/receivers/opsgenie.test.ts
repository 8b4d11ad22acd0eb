import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupKeyHash } from '../../../src/alerting/notify/group-key-hash.ts';
import { OPSGENIE } from '../../../src/alerting/notify/opsgenie/kind.ts';
import { Secret } from '../../../src/base/config-schema.ts';
import { alert, ended, faults, message, tell } from '../../support/receiver-kit.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';

let server: ReceiverServer;

beforeEach(async () => {
  server = await ReceiverServer.start({
    check: ({ headers, path, json }) => {
      if (headers.authorization !== 'GenieKey key') return 'Could not authenticate';
      if (headers['content-type'] !== 'application/json') return 'Only JSON is taken';
      if (path === '/api/v2/alerts' && String(json().message ?? '').length > 130) return 'message is too long';
      return undefined;
    },
  });
  server.answer = { status: 202, body: { result: 'Request will be processed' } };
});
afterEach(() => server.close());

const send = (more: object = {}, about = message()) =>
  tell(OPSGENIE, { api_key: 'key', api_url: `${server.url}/api`, ...more }, about);
const alias = groupKeyHash('{}:{alertname="CameraDown"}');

describe('the Opsgenie receiver', () => {
  it('creates an alert for the group, and closes it', async () => {
    expect(await send()).toEqual({ ok: true });
    expect(server.last).toMatchObject({ method: 'POST', path: '/api/v2/alerts' });
    expect(server.last.json()).toMatchObject({
      alias,
      message: 'FIRING 1: CameraDown (gate)',
      description: expect.stringContaining('The camera is down'),
      details: { alertname: 'CameraDown', camera: 'gate' },
      source: 'http://watch/alerts?receiver=pager',
    });
    expect(await send({}, message([ended()]))).toEqual({ ok: true });
    expect(server.last).toMatchObject({ method: 'POST', target: `/api/v2/alerts/${alias}/close?identifierType=alias` });
    expect(server.last.json()).toEqual({ source: 'http://watch/alerts?receiver=pager' });
  });

  it('fills in responders, tags and the rest; who comes out empty is left out', async () => {
    await send(
      {
        details: { floor: '{{ len .Alerts }}', camera: 'mine' },
        entity: '{{ .CommonLabels.camera }}',
        tags: 'a,{{ .CommonLabels.camera }},,b',
        actions: 'Restart,Look',
        note: 'n',
        priority: 'P{{ len .Alerts }}',
        responders: [
          { name: '{{ .CommonLabels.team }}', type: 'Team' },
          { name: 'one,two', type: 'teams' },
          { username: '{{ .CommonLabels.nope }}', type: '{{ .CommonLabels.nope }}' },
          { id: '7', type: '{{ .CommonLabels.kind }}' },
        ],
      },
      message([alert({ team: 'north', kind: 'schedule' })]),
    );
    expect(server.last.json()).toMatchObject({
      details: { alertname: 'CameraDown', camera: 'mine', floor: '1' },
      entity: 'gate',
      tags: ['a', 'gate', 'b'],
      actions: ['Restart', 'Look'],
      note: 'n',
      priority: 'P1',
      responders: [
        { name: 'north', type: 'team' },
        { name: 'one', type: 'team' },
        { name: 'two', type: 'team' },
        { id: '7', type: 'schedule' },
      ],
    });
  });

  it('tells message and description again with update_alerts', async () => {
    expect(await send({ update_alerts: true, message: 'm', description: 'd' })).toEqual({ ok: true });
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /api/v2/alerts',
      `PUT /api/v2/alerts/${alias}/message?identifierType=alias`,
      `PUT /api/v2/alerts/${alias}/description?identifierType=alias`,
    ]);
    expect(server.requests[1]?.json()).toEqual({ message: 'm' });
    expect(server.requests[2]?.json()).toEqual({ description: 'd' });
  });

  it('cuts the message at 130 characters', async () => {
    expect(await send({ message: 'ö'.repeat(300) })).toEqual({ ok: true });
    expect(server.last.json().message).toBe(`${'ö'.repeat(129)}…`);
  });

  it('reads its key from a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vedette-og-')), 'key');
    writeFileSync(file, 'key\n');
    expect(await send({ api_key: undefined, api_key_file: file })).toEqual({ ok: true });
    writeFileSync(file, '');
    expect(await send({ api_key: undefined, api_key_file: file })).toMatchObject({ ok: false, retry: false });
  });

  it.each([
    [429, true],
    [502, true],
    [422, false],
  ])('status %d: trying again helps: %s', async (status, retry) => {
    server.answer = { status, body: 'why' };
    expect(await send()).toMatchObject({ ok: false, retry, reason: `HTTP status ${status}: why` });
  });

  it('a failure of a later request is one of the whole', async () => {
    server.answers = [{ status: 202 }, { status: 500, body: 'later' }];
    expect(await send({ update_alerts: true })).toEqual({ ok: false, retry: true, reason: 'HTTP status 500: later' });
  });
});

it.each([
  [{}, 'no global OpsGenie API Key set either inline or in a file'],
  [{ api_key: 'a', api_key_file: 'b' }, 'at most one of api_key & api_key_file must be configured'],
  [{ api_key: 'a', responders: [{ type: 'team' }] }, 'has to have at least one of id, username or name specified'],
  [{ api_key: 'a', responders: [{ name: 'a', type: 'crowd' }] }, 'type "crowd" does not match valid options'],
  [{ api_key: 'a', teams: 'team-X' }, 'Unrecognized key'],
  [{ api_key: 'a', responders: [{ name: 'a', type: '{{ .CommonLabels.x }}' }] }, ''],
])('settings of Opsgenie: %j: %s', (settings, fault) => {
  const found = faults(OPSGENIE, settings);
  expect(found).toContain(fault);
  expect(found === '').toBe(fault === '');
});

it('settings of Opsgenie take address and key from `global`', () => {
  const schema = OPSGENIE.schema({
    resolve_timeout: 0,
    opsgenie_api_key: new Secret('g'),
    opsgenie_api_url: 'http://a/b',
  });
  expect(schema.parse({})).toMatchObject({ api_url: 'http://a/b/' });
  expect(schema.parse({}).api_key?.reveal()).toBe('g');
  expect(schema.parse({ api_key_file: '/f' })).toMatchObject({ api_key: undefined, api_key_file: '/f' });
  expect(schema.parse({ api_key: 'own' }).api_key?.reveal()).toBe('own');
});
