import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAlertmanagerFile } from '../../../src/alerting/config/alertmanager-file.ts';
import {
  type AlertingRoom,
  RECEIVER_KINDS,
  type ReceiverKind,
  alertingConfigSchema,
  openAlerting,
} from '../../../src/alerting/index.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { Secret } from '../../../src/base/config-schema.ts';
import { Deadlines, HttpClient } from '../../../src/base/http-client/index.ts';
import type { Logger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { Labels } from '../../../src/model/labels.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { GLOBAL } from '../../support/receiver-kit.ts';
import { ReceiverServer } from '../../support/receiver-server.ts';
import { SmtpServerProcess } from '../../support/smtp-server.ts';

/** In every secret, and in nothing else. */
const CANARY = 'canary7f';

type Settings = Readonly<Record<string, unknown>>;
interface Addresses {
  readonly http: string;
  readonly smtp: string;
}

/** Settings of one receiver of each kind; whoever adds a kind adds a line, or the first test fails. */
const KINDS: Readonly<Record<string, (at: Addresses) => Settings>> = {
  webhook: ({ http }) => ({
    url: `${http.replace('//', `//u:${CANARY}-user@`)}/${CANARY}-path?key=${CANARY}-query`,
    http_config: {
      basic_auth: { username: 'u', password: `${CANARY}-password` },
      http_headers: { 'X-Key': { secrets: [`${CANARY}-header`] } },
    },
  }),
  email: ({ smtp }) => ({
    to: 'a@b.c',
    from: 'v@b.c',
    smarthost: smtp,
    require_tls: false,
    auth_username: 'u',
    auth_password: `${CANARY}-password`,
  }),
  pagerduty: ({ http }) => ({ routing_key: `${CANARY}-key`, url: `${http}/pagerduty` }),
  opsgenie: ({ http }) => ({ api_key: `${CANARY}-key`, api_url: http }),
  wechat: ({ http }) => ({ api_secret: `${CANARY}-secret`, corp_id: 'c', api_url: `${http}/` }),
  slack: ({ http }) => ({ api_url: `${http}/services/${CANARY}-path` }),
  victorops: ({ http }) => ({ api_key: `${CANARY} key/`, api_url: http, routing_key: 'r' }),
  pushover: () => ({ user_key: `${CANARY}-user`, token: `${CANARY}-token` }),
  sns: ({ http }) => ({
    api_url: http,
    topic_arn: 'arn:aws:sns:us-east-2:123456789012:T',
    sigv4: { region: 'us-east-2', access_key: 'AKID', secret_key: `${CANARY}-secret` },
  }),
  telegram: ({ http }) => ({ api_url: http, bot_token: `1:${CANARY}-token`, chat_id: 1 }),
  discord: ({ http }) => ({ webhook_url: `${http}/${CANARY}-path` }),
  webex: ({ http }) => ({
    api_url: http,
    room_id: 'r',
    http_config: { authorization: { credentials: `${CANARY}-token` } },
  }),
  msteams: ({ http }) => ({ webhook_url: `${http}/${CANARY}-path` }),
  msteamsv2: ({ http }) => ({ webhook_url: `${http}/${CANARY}-path` }),
  jira: ({ http }) => ({
    api_url: `${http}/rest/api/2`,
    project: 'OPS',
    issue_type: 'Bug',
    http_config: { basic_auth: { username: 'u', password: `${CANARY}-password` } },
  }),
  rocketchat: ({ http }) => ({ api_url: http, token: `${CANARY}-token`, token_id: `${CANARY}-id` }),
  mattermost: ({ http }) => ({ webhook_url: `${http}/${CANARY}-path` }),
  incidentio: ({ http }) => ({ url: http, alert_source_token: `${CANARY}-token` }),
  twilio: ({ http }) => ({
    api_url: http,
    account_sid: `AC${'0'.repeat(32)}`,
    auth_token: `${CANARY}-token`,
    from: '+15005550006',
    to: ['+4915112345678'],
  }),
};

let server: ReceiverServer;
let smtp: SmtpServerProcess;
let addresses: Addresses;

beforeAll(async () => {
  server = await ReceiverServer.start();
  // Says back all that it was told, as servers do that want to help.
  server.answer = {
    status: 400,
    body: ({ target, headers, body }) => `no: ${target} ${JSON.stringify(headers)} ${body.slice(0, 3_000)}`,
  };
  smtp = await SmtpServerProcess.start({ user: { name: 'u', password: 'another' }, allowInsecureAuth: true });
  addresses = { http: server.url, smtp: smtp.address };
});
afterAll(async () => {
  await Promise.all([server.close(), smtp.close()]);
});

const settingsOf = ({ integration }: ReceiverKind): Settings => {
  const settings = KINDS[integration];
  if (!settings) throw new Error(`no settings with secrets for ${integration}; add a line to KINDS`);
  return settings(addresses);
};

/** All secrets of parsed settings. */
function secretsIn(value: unknown): readonly string[] {
  if (value instanceof Secret) return [value.reveal()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** The same settings with each secret that may stand in a file in one. */
function withFiles(kind: ReceiverKind, settings: Settings): Settings {
  const parsed = kind.schema(GLOBAL).parse(settings) as unknown as Settings;
  const folder = mkdtempSync(join(tmpdir(), 'vedette-canary-'));
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      if (!(parsed[key] instanceof Secret) || !(`${key}_file` in parsed)) return [key, value];
      const file = join(folder, key);
      writeFileSync(file, `${String(value)}\n`);
      return [`${key}_file`, file];
    }),
  );
}

describe.each(RECEIVER_KINDS.map((kind) => [kind.integration, kind] as const))('secrets of %s', (_, kind) => {
  it('all hold the canary here, and are printed by nothing', () => {
    const parsed = kind.schema(GLOBAL).parse(settingsOf(kind));
    const secrets = secretsIn(parsed);
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter((secret) => !secret.includes(CANARY))).toEqual([]);
    for (const printed of [JSON.stringify(parsed), inspect(parsed, { depth: 20 }), String(Object.values(parsed))])
      expect(printed).not.toContain(CANARY);
  });

  it('are in no message about settings that are wrong', () => {
    const settings = settingsOf(kind);
    const secret = Object.keys(settings).filter((key) => JSON.stringify(settings[key]).includes(CANARY));
    const wrongs = secret.flatMap((key): readonly Settings[] => [
      { ...settings, [key]: [`${CANARY}-list`] },
      { ...settings, [key]: `not a URL ${CANARY}` },
      { ...settings, [`${key}_file`]: '/also' },
      { ...settings, nonsense: true },
    ]);
    for (const wrong of wrongs) {
      const result = kind.schema(GLOBAL).safeParse(wrong);
      if (!result.success) expect(JSON.stringify(result.error.issues)).not.toContain(CANARY);
    }
  });
});

interface Watched {
  readonly room: AlertingRoom;
  readonly logged: string[];
  readonly registry: Registry;
}

/** The alerting room with a receiver for each of the settings; whatever address they have, the server here is asked. */
async function openRoom(
  receivers: readonly { readonly kind: ReceiverKind; readonly settings: Settings }[],
): Promise<Watched> {
  const logged: string[] = [];
  const note = (fields: object, words: string): void =>
    void logged.push(`${words} ${JSON.stringify(fields)} ${inspect(fields, { depth: 20 })}`);
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  const clock = new SystemClock();
  const deadlines = new Deadlines(clock);
  const registry = new Registry();
  const room = openAlerting({
    clock,
    logger,
    registry,
    random: seededRandom(1),
    state: new MemoryState(),
    openHttp: (config) => {
      const client = new HttpClient({ clock, deadlines, userAgent: 'vedette' }, config);
      return {
        close: () => client.close(),
        send: (request) => {
          const { pathname, search, host, href } = request.url;
          const url = host === server.host ? href : `${server.url}${pathname}${search}`;
          return client.send({ ...request, url: new URL(url) });
        },
      };
    },
  });
  const names = receivers.map(({ kind }, i) => `${kind.integration}-${i}`);
  const file = {
    route: {
      receiver: names[0],
      group_wait: '0s',
      group_interval: '1h',
      routes: names.map((receiver) => ({ receiver, continue: true })),
    },
    receivers: receivers.map(({ kind, settings }, i) => ({ name: names[i], [kind.key]: [settings] })),
  };
  const { config } = parseAlertmanagerFile(JSON.stringify(file), 'alertmanager.yml', { kinds: RECEIVER_KINDS });
  await room.apply({
    config: alertingConfigSchema.parse({}),
    alertmanager: config,
    externalLabels: {},
    externalUrl: 'http://watch',
  });
  await room.start();
  return { room, logged, registry };
}

const PATHS = [
  '/api/vedette/alerting',
  '/api/vedette/alerting/routes',
  '/api/v2/status',
  '/api/v2/receivers',
  '/api/v2/alerts',
  '/api/v2/alerts/groups',
];

async function answers(room: AlertingRoom): Promise<readonly string[]> {
  const app = Fastify();
  await app.register(room.plugin);
  const all: string[] = [];
  for (const url of PATHS) {
    const { statusCode, body } = await app.inject({ method: 'GET', url });
    expect([url, statusCode]).toEqual([url, 200]);
    all.push(body);
  }
  await app.close();
  return all;
}

it.each(['in the file', 'in files of their own'])(
  'no secret is in logs, metrics or answers after every kind failed to deliver: %s',
  async (where) => {
    const receivers = RECEIVER_KINDS.map((kind) => {
      const settings = settingsOf(kind);
      return { kind, settings: where === 'in the file' ? settings : withFiles(kind, settings) };
    });
    const { room, logged, registry } = await openRoom(receivers);
    try {
      const now = Date.now();
      await room.sink.receive(
        [
          {
            labels: Labels.fromObject({ alertname: 'CameraDown' }),
            annotations: { summary: 'down' },
            startsAtMs: now,
            endsAtMs: now + 600_000,
            resolved: false,
            generatorUrl: 'http://watch/graph',
          },
        ],
        now as Parameters<AlertingRoom['sink']['receive']>[1],
      );
      const failed = async (): Promise<number> =>
        [...(await registry.metrics()).matchAll(/^vedette_notifications_failed_total\{.*\} ([1-9]\d*)$/gm)].length;
      await expect.poll(failed, { timeout: 20_000 }).toBeGreaterThanOrEqual(receivers.length);
      // The secrets did go out, and came back.
      expect(
        server.requests.some(({ target, headers, body }) =>
          `${target}${JSON.stringify(headers)}${body}`.includes(CANARY),
        ),
      ).toBe(true);
      expect(smtp.logins.length).toBeGreaterThan(0);
      const told = [...(await answers(room)), await registry.metrics()];
      for (const text of told) expect(text).not.toContain(CANARY);
    } finally {
      await room.stop(AbortSignal.abort(new Error('test over')));
    }
    expect(logged.length).toBeGreaterThan(0);
    for (const line of logged) expect(line).not.toContain(CANARY);
  },
);
