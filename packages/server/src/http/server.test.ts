import bcrypt from 'bcryptjs';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';
import { type HttpPlugin, withOpenPrefixes } from '../base/http-plugin.ts';
import { silentLogger } from '../base/logger.ts';
import { type HttpServer, httpSchema, openHttp, operationsPlugin, prometheusLinks } from './index.ts';

const running: HttpServer[] = [];

async function serve(section: object, plugins: readonly HttpPlugin[] = []): Promise<HttpServer> {
  const config = httpSchema.parse({ listen: '127.0.0.1:0', ...section });
  const registry = new Registry();
  const operations = operationsPlugin({ notReady: () => undefined, reload: async () => undefined, registry });
  const server = openHttp(
    { clock: new SystemClock(), logger: silentLogger, registry, plugins: [operations, ...plugins] },
    config,
  );
  await server.start();
  running.push(server);
  return server;
}

/** fetch() forbids setting Host, so the raw request is made here. */
async function statusWithHost(server: HttpServer, host: string): Promise<number> {
  const { request } = await import('node:http');
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const call = request({ host: hostname, port, path: '/-/healthy', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end();
  });
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(AbortSignal.timeout(1_000));
});

describe('http server', () => {
  it('refuses a public address when nobody would have to sign in, and says how to change that', () => {
    const config = httpSchema.parse({ listen: '0.0.0.0:0' });
    const open = (): HttpServer =>
      openHttp({ clock: new SystemClock(), logger: silentLogger, registry: new Registry(), plugins: [] }, config);
    expect(open).toThrow(/basic_auth_users/);
  });

  it('names the port and the way out when the port is in use', async () => {
    const first = await serve({});
    await expect(serve({ listen: new URL(first.url).host })).rejects.toThrow(/already in use.*--listen/);
  });

  it('answers liveness, readiness and its own metrics', async () => {
    const server = await serve({});
    for (const path of ['/-/healthy', '/-/ready', '/api/health/live', '/api/health/ready']) {
      expect((await fetch(server.url + path)).status, path).toBe(200);
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('vedette_http_request_duration_seconds_count{');
  });

  it('serves only its own host names on loopback, so that a rebound name cannot reach it', async () => {
    const server = await serve({ allowed_hosts: ['vedette.example'] });
    expect(await statusWithHost(server, 'evil.example')).toBe(403);
    expect(await statusWithHost(server, 'vedette.example')).toBe(200);
    expect(await statusWithHost(server, 'localhost:9600')).toBe(200);
  });

  it('refuses a change that a page of another site asks for', async () => {
    const server = await serve({});
    const response = await fetch(`${server.url}/-/reload`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(response.status).toBe(403);
  });

  it('asks for a user or a token once some are configured, but not for health', async () => {
    const server = await serve({
      basic_auth_users: { ada: bcrypt.hashSync('lovelace', 4) },
      bearer_tokens: ['t0ken'],
    });
    const metrics = (authorization?: string): Promise<number> =>
      fetch(`${server.url}/metrics`, authorization === undefined ? {} : { headers: { authorization } }).then(
        (r) => r.status,
      );
    expect(await metrics()).toBe(401);
    expect(await metrics(`Basic ${btoa('ada:wrong')}`)).toBe(401);
    expect(await metrics(`Basic ${btoa('eve:lovelace')}`)).toBe(401);
    expect(await metrics(`Basic ${btoa('ada:lovelace')}`)).toBe(200);
    expect(await metrics(`Basic ${btoa('ada:lovelace')}`)).toBe(200);
    expect(await metrics('Bearer t0ken')).toBe(200);
    expect(await metrics('Bearer other')).toBe(401);
    expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200);
  });

  it('tells plugins who is signed in', async () => {
    const whoami: HttpPlugin = async (scope) => {
      scope.get('/whoami', async (request) => ({ user: request.user ?? null }));
    };
    const users = { basic_auth_users: { ada: bcrypt.hashSync('lovelace', 4) }, bearer_tokens: ['t0ken'] };
    const ask = async (server: HttpServer, authorization: string): Promise<unknown> =>
      (await fetch(`${server.url}/whoami`, { headers: { authorization } })).json();
    const guarded = await serve(users, [whoami]);
    expect(await ask(guarded, `Basic ${btoa('ada:lovelace')}`)).toEqual({ user: 'ada' });
    expect(await ask(guarded, 'Bearer t0ken')).toEqual({ user: 'token' });
    expect(await ask(await serve({}, [whoami]), `Basic ${btoa('ada:lovelace')}`)).toEqual({ user: null });
  });

  it('lets requests without credentials reach the open prefixes of a plugin, and nothing beside them', async () => {
    const links = withOpenPrefixes(['/links/'], async (scope) => {
      scope.get('/links/:token', async () => 'open');
      scope.get('/linksmith', async () => 'closed');
      scope.get('/closed/:name', async () => 'closed');
    });
    const server = await serve({ basic_auth_users: { ada: bcrypt.hashSync('lovelace', 4) } }, [links]);
    const status = async (path: string): Promise<number> => {
      const { request } = await import('node:http');
      const { hostname, port } = new URL(server.url);
      return new Promise((resolve, reject) => {
        const call = request({ host: hostname, port, path }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        call.on('error', reject);
        call.end();
      });
    };
    expect(await status('/links/abc?x=1')).toBe(200);
    for (const path of [
      '/linksmith',
      '/links/../closed/x',
      '/links/%2e%2e/closed/x',
      '/closed/links',
      '/links/a/b',
      '/metrics',
    ])
      expect(await status(path), path).toBe(401);
  });

  it('an open prefix names a path', () => {
    for (const prefix of ['/', 'links/', '/links', ''])
      expect(() => withOpenPrefixes([prefix], async () => undefined)).toThrow(/slash/);
  });

  it('turns a coded error into its status and body, and hides what it did not expect', async () => {
    const server = await serve({}, [
      async (scope) => {
        scope.get('/coded', async () => {
          throw new VedetteError('QUERY_TOO_LARGE', 'too many samples', { details: { samples: 9 } });
        });
        scope.get('/broken', async () => {
          throw new Error('the password is hunter2');
        });
      },
    ]);
    const coded = await fetch(`${server.url}/coded`);
    expect(coded.status).toBe(422);
    expect(await coded.json()).toEqual({
      code: 'QUERY_TOO_LARGE',
      message: 'too many samples',
      details: { samples: 9 },
    });
    const broken = await fetch(`${server.url}/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain('hunter2');
  });

  it("links to Prometheus's graph page lead to Explore with the same expressions", async () => {
    const server = await serve({}, [prometheusLinks]);
    const address = `${server.url}/graph?g0.expr=${encodeURIComponent('up == 0')}&g0.tab=1&g1.expr=rate(a%5B1m%5D)`;
    const response = await fetch(address, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/explore/metrics?q=up+%3D%3D+0&q=rate%28a%5B1m%5D%29&mode=instant');
  });

  it('links of Prometheus 3 are followed too', async () => {
    const server = await serve({}, [prometheusLinks]);
    const response = await fetch(`${server.url}/query?g0.expr=up&g0.tab=table`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('/explore/metrics?q=up&mode=instant');
  });

  it('names the certificate file that cannot be read', async () => {
    const files = { cert_file: '/nowhere/cert.pem', key_file: '/nowhere/key.pem' };
    await expect(serve({ tls_server_config: files })).rejects.toThrow(
      /tls_server_config\.cert_file \/nowhere\/cert\.pem/,
    );
  });

  it('says that nothing was changed when a reload fails', async () => {
    const config = httpSchema.parse({ listen: '127.0.0.1:0' });
    const registry = new Registry();
    const operations = operationsPlugin({
      notReady: () => 'still loading',
      reload: async () => {
        throw new VedetteError('CONFIG_INVALID', 'vedette.yaml:3:1: unknown key');
      },
      registry,
    });
    const server = openHttp(
      { clock: new SystemClock(), logger: silentLogger, registry, plugins: [operations] },
      config,
    );
    await server.start();
    running.push(server);
    const response = await fetch(`${server.url}/-/reload`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/nothing was changed[^]*vedette\.yaml:3:1/);
    expect((await fetch(`${server.url}/-/ready`)).status).toBe(503);
  });
});
