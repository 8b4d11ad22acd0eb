import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { alertingConfigSchema, openAlerting } from '../../../src/alerting/index.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { createErrorHandler } from '../../../src/http/error-body.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { openChat } from '../../support/notifier-house.ts';
import type { ReceiverServer } from '../../support/receiver-server.ts';
import { cleanUp, later } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

/** Vedette's alerting with one receiver of the file. */
async function openHouse(
  section: (url: string) => object,
  chat: Pick<ReceiverServer, 'url'>,
  clock = new SystemClock() as SystemClock | VirtualClock,
) {
  const logged: string[] = [];
  const info = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { ...silentLogger, info, warn: info, error: info };
  const room = openAlerting({
    clock,
    logger,
    registry: new Registry(),
    random: seededRandom(1),
    state: new MemoryState(),
  });
  const config = alertingConfigSchema.parse({
    route: { receiver: 'ops' },
    receivers: [
      {
        name: 'ops',
        discord_configs: [
          {
            webhook_url: `${chat.url}/hook/hunter2`,
            title: '{{ .GroupLabels.alertname }} {{ .Status }}',
            message: '{{ .CommonAnnotations.summary }}',
          },
        ],
      },
    ],
    ...section(chat.url),
  });
  await room.apply({ config, externalLabels: {}, externalUrl: 'http://watch' });
  await room.start();
  later(() => room.stop(AbortSignal.abort(new Error('test over'))));
  const app: FastifyInstance = Fastify();
  app.decorateRequest('user', undefined);
  app.setErrorHandler(createErrorHandler(silentLogger));
  await app.register(room.plugin);
  later(() => app.close());
  const post = async (path: string, payload?: object) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/api/vedette/alerting/receivers/${path}`,
      ...(payload && { payload }),
    });
    return { status: answer.statusCode, json: answer.json() as Record<string, unknown>, text: answer.body };
  };
  return { post, logged };
}

const trial = (url: string, more: object = {}) => ({
  receiver: { discord_configs: [{ webhook_url: url, title: 'T', message: 'M', ...more }] },
});

describe('a test of a receiver of the file', () => {
  it('sends one notification, and says what the receiver answered', async () => {
    const chat = await openChat(() => ({ status: 204 }));
    const { post, logged } = await openHouse(() => ({}), chat);
    const { status, json } = await post('ops/test');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      receiver: 'ops',
      integrations: [{ name: 'discord', index: 0, delivered: true, reason: null, retried: false, said: null }],
    });
    expect(chat.last.json()).toMatchObject({
      embeds: [{ title: 'VedetteTest firing', description: 'Test notification of Vedette' }],
    });
    await post('ops/test', { resolved: true, integration: 0 });
    expect(chat.last.json()).toMatchObject({ embeds: [{ title: 'VedetteTest resolved' }] });
    expect(logged.join('\n')).toContain('a receiver was tested');
  });

  it('says why it was not delivered, without the secret, and tries once', async () => {
    const chat = await openChat((request) => ({ status: 500, body: `${request.path} is broken` }));
    const { post, logged } = await openHouse(() => ({}), chat);
    const { json, text } = await post('ops/test');
    expect(json).toMatchObject({
      integrations: [{ delivered: false, retried: true, reason: expect.stringContaining('500') }],
    });
    expect(chat.requests).toHaveLength(1);
    expect(text + logged.join()).not.toContain('hunter2');
  });

  it.each([
    ['nobody/test', undefined, 404, 'there is no receiver \\"nobody\\"'],
    ['ops/test', { integration: 3 }, 404, 'has no integration 3'],
    ['ops/test', { integraton: 0 }, 400, 'integraton'],
  ])('refuses %s with %j', async (path, payload, status, words) => {
    const { post } = await openHouse(() => ({}), await openChat());
    const answer = await post(path, payload);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(words);
  });

  it('is bounded in rate', async () => {
    const chat = await openChat(() => ({ status: 204 }));
    const clock = new VirtualClock();
    const { post } = await openHouse(() => ({}), chat, clock);
    for (let i = 0; i < 10; i++) expect((await post('ops/test')).status).toBe(200);
    expect(await post('ops/test')).toMatchObject({ status: 429, json: { code: 'RECEIVER_TEST_BUSY' } });
    expect(chat.requests).toHaveLength(10);
    await clock.advance(61_000);
    expect((await post('ops/test')).status).toBe(200);
  });

  it('is held to alerting.allowed_networks where the file has them', async () => {
    const chat = await openChat(() => ({ status: 204 }));
    const held = await openHouse(() => ({ allowed_networks: ['10.0.0.0/8', 'public'] }), chat);
    expect((await held.post('ops/test')).json).toMatchObject({
      integrations: [
        { delivered: false, retried: false, reason: expect.stringContaining('alerting.allowed_networks') },
      ],
    });
    expect(chat.requests).toEqual([]);
    const allowed = await openHouse(() => ({ allowed_networks: ['127.0.0.0/8'] }), chat);
    expect((await allowed.post('ops/test')).json).toMatchObject({ integrations: [{ delivered: true }] });
  });
});

describe('a test of a receiver that the request brings', () => {
  it.each([
    ['this machine', (url: string) => url],
    ['this machine by its name', (url: string) => url.replace('127.0.0.1', 'localhost')],
    ['this machine as a number', (url: string) => url.replace('127.0.0.1', '2130706433')],
    ['this machine in IPv6', (url: string) => url.replace('127.0.0.1', '[::ffff:127.0.0.1]')],
    ['a private network', () => 'http://10.255.255.1:81/'],
    ["a cloud's metadata", () => 'http://169.254.169.254/latest/meta-data/'],
    ['any address', () => 'http://0.0.0.0:9600/'],
  ])('does not reach %s, and the answer names the setting', async (_, address) => {
    const chat = await openChat(() => ({ status: 204 }));
    const { post } = await openHouse(() => ({}), chat);
    const { status, json } = await post('test', trial(address(chat.url)));
    expect(status).toBe(403);
    expect(json).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
      message: expect.stringContaining('alerting.allowed_networks'),
    });
    expect(chat.requests).toEqual([]);
  });

  it('does not reach them by a redirect, by a proxy, or for a token, either', async () => {
    const inner = await openChat(() => ({ body: { access_token: 't', token_type: 'Bearer' } }));
    // The first hop listens on another loopback address, which is allowed.
    const hops = createServer((_, response) => response.writeHead(307, { location: inner.url }).end());
    await new Promise<void>((resolve) => {
      hops.listen(0, '127.0.0.2', resolve);
    });
    later(async () => {
      hops.closeAllConnections();
      hops.close();
    });
    const outer = `http://127.0.0.2:${(hops.address() as AddressInfo).port}`;
    const { post } = await openHouse(() => ({ allowed_networks: ['127.0.0.2/32'] }), inner);
    const oauth2 = { client_id: 'c', client_secret: 's', token_url: inner.url };
    for (const http_config of [{}, { proxy_url: inner.url }, { oauth2 }])
      expect((await post('test', trial(outer, { http_config }))).status).toBe(403);
    expect(inner.requests).toEqual([]);
  });

  it('reaches what the networks allow', async () => {
    const chat = await openChat(() => ({ status: 204 }));
    const { post } = await openHouse(() => ({ allowed_networks: ['127.0.0.1'] }), chat);
    const { status, json } = await post('test', trial(`${chat.url}/trial`));
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { receiver: 'trial', integrations: [{ name: 'discord', delivered: true }] },
    });
    expect(chat.requests).toMatchObject([{ path: '/trial' }]);
  });

  it.each([
    [
      { discord_configs: [{ webhook_url_file: '/etc/passwd', title: 'T' }] },
      'discord_configs.0.webhook_url_file: files are read',
    ],
    [
      { discord_configs: [{ webhook_url: 'http://x/', http_config: { tls_config: { ca_file: '/etc/shadow' } } }] },
      'ca_file: files are read',
    ],
    [
      {
        discord_configs: [
          { webhook_url: 'http://x/', http_config: { http_headers: { 'X-A': { files: ['/etc/passwd'] } } } },
        ],
      },
      'files: files are read',
    ],
    [{ discord_configs: [{ title: 'T' }] }, 'one of webhook_url or webhook_url_file must be configured'],
    [{ discord_configs: [{ webhook_url: 'ftp://hunter2' }] }, 'must be an http or https URL'],
    [{ nonsense_configs: [{}] }, 'nonsense_configs'],
    [{}, 'no integration that could be tested'],
  ])('refuses %j', async (receiver, words) => {
    const { post } = await openHouse(() => ({}), await openChat());
    const answer = await post('test', { receiver });
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).toContain(words);
    expect(answer.text).not.toContain('hunter2');
  });

  it('takes nothing of the configuration: its secrets go to no address of a request', async () => {
    const { post } = await openHouse(() => ({}), await openChat());
    const answer = await post('test', { receiver: { mattermost_configs: [{ text: 'x' }] } });
    expect(answer.text).toContain('no global Mattermost Webhook URL set');
  });
});
