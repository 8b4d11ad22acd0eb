import bcrypt from 'bcryptjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Registry } from 'prom-client';
import { RECEIVER_KINDS, alertingConfigSchema, openAlerting } from '../../src/alerting/index.ts';
import type { AlertingRoom } from '../../src/alerting/index.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { httpSchema, openHttp } from '../../src/http/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { MemoryState } from '../support/memory-state.ts';

const clock = new SystemClock();
const logger = silentLogger;
const PATH = '/api/vedette/alerting/acknowledgements';

/** Alertmanager's payload has no place for our link: what templates get is caught by a kind of receiver that keeps messages. */
const webhook = RECEIVER_KINDS.find(({ key }) => key === 'webhook_configs');
if (!webhook) throw new Error('there is no webhook');
const links: string[] = [];
let room: AlertingRoom;
let http: ReturnType<typeof openHttp>;

beforeEach(async () => {
  links.length = 0;
  const registry = new Registry();
  room = openAlerting({
    clock,
    logger,
    registry,
    random: seededRandom(1),
    state: new MemoryState(),
    receiverKinds: [
      {
        ...webhook,
        open: () => ({
          integration: 'webhook',
          sendResolved: true,
          notify: async ({ acknowledgeUrl }) => {
            links.push(acknowledgeUrl ?? '');
            return { ok: true };
          },
        }),
      },
    ],
  });
  const config = httpSchema.parse({
    listen: '127.0.0.1:21701',
    basic_auth_users: { ana: bcrypt.hashSync('secret', 4) },
  });
  http = openHttp({ clock, logger, registry, plugins: [room.plugin] }, config);
  await room.apply({
    config: alertingConfigSchema.parse({
      route: { receiver: 'pager', group_wait: '0s' },
      receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }],
    }),
    externalLabels: {},
    externalUrl: 'http://127.0.0.1:21701',
  });
  await room.start();
  await http.start();
});

afterEach(async () => {
  await http.stop(AbortSignal.timeout(1_000));
  await room.stop(AbortSignal.timeout(1_000));
});

const ANA = { authorization: `Basic ${Buffer.from('ana:secret').toString('base64')}` };

async function fire(): Promise<string> {
  const now = clock.now();
  const alert = {
    labels: Labels.fromObject({ alertname: 'CameraDown', camera: '<script>gate</script>' }),
    annotations: {},
    startsAtMs: now,
    endsAtMs: now + 60_000,
    resolved: false,
    generatorUrl: '',
  };
  await room.sink.receive([alert], now);
  for (let i = 0; i < 100 && links.length === 0; i++) await clock.sleep(20);
  return links[0] ?? '';
}

const listed = async (): Promise<{ acknowledgements: { by: string; via: string; comment: string }[] }> =>
  (await fetch(`${http.url}${PATH}`, { headers: ANA })).json() as never;

describe('a link in a notification', () => {
  it('asks whoever follows it, and acknowledges only what is sent by the form', async () => {
    const link = await fire();
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:21701\/links\/acknowledge\/[\w-]+\.[\w-]{43}$/);
    for (const method of ['GET', 'HEAD']) {
      const page = await fetch(link, { method });
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(await page.text()).not.toContain('<script>');
    }
    expect((await listed()).acknowledgements).toEqual([]);
    const done = await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({ name: 'Ben', comment: 'on my way' }),
    });
    expect(done.status).toBe(200);
    expect((await listed()).acknowledgements).toMatchObject([{ by: 'Ben', via: 'link', comment: 'on my way' }]);
  });

  it('opens nothing else: everything beside it wants a user, and it cannot be changed', async () => {
    const link = await fire();
    expect((await fetch(`${http.url}${PATH}`)).status).toBe(401);
    expect((await fetch(`${http.url}/links/acknowledge/../../api/vedette/alerting`)).status).toBe(401);
    const token = link.slice(link.lastIndexOf('/') + 1);
    const [text = '', signature = ''] = token.split('.');
    const claim = JSON.parse(Buffer.from(text, 'base64url').toString()) as (string | number)[];
    const longer = [...claim.slice(0, 3), Number(claim[3]) + 1_000_000];
    const forged = Buffer.from(JSON.stringify(longer)).toString('base64url');
    for (const wrong of [
      `${forged}.${signature}`,
      `${text}.`,
      text,
      `${text}.${signature}x`,
      `${token}.x`,
      '%00',
      'a.b',
    ]) {
      for (const method of ['GET', 'POST']) {
        const answer = await fetch(`${http.url}/links/acknowledge/${wrong}`, { method });
        expect([wrong, answer.status]).toEqual([wrong, 403]);
      }
    }
    expect((await listed()).acknowledgements).toEqual([]);
  });

  it('is not taken from a page of another site, and a form has its bounds', async () => {
    const link = await fire();
    const foreign = await fetch(link, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } });
    expect(foreign.status).toBe(403);
    const large = await fetch(link, { method: 'POST', body: new URLSearchParams({ comment: 'x'.repeat(10_000) }) });
    expect(large.status).toBe(413);
    expect((await listed()).acknowledgements).toEqual([]);
  });
});

describe('the API', () => {
  it('knows who acknowledges, and takes it back', async () => {
    await fire();
    const post = (body: object) =>
      fetch(`${http.url}${PATH}`, {
        method: 'POST',
        headers: { ...ANA, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answer = await post({ matchers: ['alertname="CameraDown"'], by: 'somebody else', via: 'page' });
    expect(answer.status).toBe(201);
    const { fingerprints } = (await answer.json()) as { fingerprints: string[] };
    expect(fingerprints).toHaveLength(1);
    expect((await listed()).acknowledgements).toMatchObject([{ by: 'ana', via: 'page' }]);
    const gone = await fetch(`${http.url}${PATH}?fingerprint=${fingerprints[0]}`, { method: 'DELETE', headers: ANA });
    expect(gone.status).toBe(200);
    expect((await listed()).acknowledgements).toEqual([]);
    for (const [body, status] of [
      [{ matchers: ['alertname="Other"'] }, 404],
      [{ matchers: [] }, 400],
      [{ fingerprint: 'x' }, 400],
      [{ matchers: ['a=~"("'] }, 400],
      [{ matchers: ['alertname="CameraDown"'], for: '6d' }, 400],
      [{ matchers: ['alertname="CameraDown"'], extra: 1 }, 400],
    ] as const)
      expect([body, (await post(body)).status]).toEqual([body, status]);
  });
});
