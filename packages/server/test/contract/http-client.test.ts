import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { type ServerOptions, createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  AddressRefused,
  Deadlines,
  HttpClient,
  type HttpClientDeps,
  type HttpRequest,
  type ProxyEnvironment,
  httpClientConfig,
  httpClientShape,
} from '../../src/base/http-client/index.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { type Certificate, makeCertificate } from '../support/certificates.ts';
import { httpProxy, socksProxy } from '../support/forward-proxy.ts';
import { cleanUp, later, serve } from '../support/scrape-harness.ts';
import { tokenServer } from '../support/token-server.ts';

afterEach(cleanUp);

const schema = httpClientConfig(httpClientShape);

function clientFor(
  config: z.input<typeof schema>,
  proxyEnvironment: ProxyEnvironment = {},
  more: Pick<HttpClientDeps, 'allowAddress'> = {},
) {
  const clock = new VirtualClock();
  const client = new HttpClient(
    { clock, deadlines: new Deadlines(clock), userAgent: 'Vedette/test', proxyEnvironment, ...more },
    schema.parse(config),
  );
  later(() => client.close());
  const requestOf = (url: string): HttpRequest => ({
    url: new URL(url),
    headers: ['accept', 'text/plain'],
    timeoutMs: 10_000,
    timeoutName: 'scrape_timeout',
    bodyBytesMax: 10_000,
    bodyLimitName: 'body_size_limit',
    signal: new AbortController().signal,
  });
  return {
    clock,
    client,
    requestOf,
    get: async (url: string) => (await client.get(requestOf(url))).body.toString(),
  };
}

/** Answers every request with 200 and keeps its headers. */
function recorder(): { readonly seen: IncomingHttpHeaders[]; readonly listener: RequestListener } {
  const seen: IncomingHttpHeaders[] = [];
  return {
    seen,
    listener: (request, response) => {
      seen.push(request.headers);
      response.end(`${request.method} ${request.url}`);
    },
  };
}

async function serveTls(options: ServerOptions, listener: RequestListener): Promise<string> {
  const server = createHttpsServer(options, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  later(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'vedette-http-'));
  later(async () => rmSync(path, { recursive: true, force: true }));
  return path;
}

const authority = makeCertificate({ name: 'Test authority' });
const serverCertificate = makeCertificate({ name: 'server', hosts: ['127.0.0.1', 'camera.test'], issuer: authority });
const peer: RequestListener = (request, response) => {
  const certificate = (request.socket as TLSSocket).getPeerCertificate();
  response.end(String(certificate.subject?.CN ?? 'nobody'));
};
const tlsServer = (certificate: Certificate = serverCertificate, more: ServerOptions = {}): Promise<string> =>
  serveTls({ cert: certificate.cert, key: certificate.key, ...more }, peer);

describe('TLS', () => {
  it('trusts what the authority of ca or ca_file has signed, and nothing else', async () => {
    const address = await tlsServer();
    const file = join(folder(), 'ca.pem');
    writeFileSync(file, authority.cert);
    expect(await clientFor({ tls_config: { ca: authority.cert } }).get(`https://${address}/`)).toBe('nobody');
    expect(await clientFor({ tls_config: { ca_file: file } }).get(`https://${address}/`)).toBe('nobody');
    await expect(clientFor({}).get(`https://${address}/`)).rejects.toThrow(
      `the TLS certificate of ${address} is not trusted`,
    );
  });

  it('checks the name of server_name, and nothing with insecure_skip_verify', async () => {
    const address = await tlsServer(makeCertificate({ name: 'x', hosts: ['other.test'], issuer: authority }));
    const tls = { ca: authority.cert };
    await expect(clientFor({ tls_config: tls }).get(`https://${address}/`)).rejects.toThrow(/not trusted.*server_name/);
    const named = clientFor({ tls_config: { ...tls, server_name: 'other.test' } });
    expect(await named.get(`https://${address}/`)).toBe('nobody');
    const trusting = clientFor({ tls_config: { insecure_skip_verify: true } });
    expect(await trusting.get(`https://${address}/`)).toBe('nobody');
  });

  it('shows its own certificate, and the new one soon after the files have changed', async () => {
    const address = await tlsServer(serverCertificate, { ca: authority.cert, requestCert: true });
    const path = folder();
    const write = (name: string): void => {
      const { cert, key } = makeCertificate({ name, issuer: authority });
      writeFileSync(join(path, 'c.pem'), cert);
      writeFileSync(join(path, 'k.pem'), key);
    };
    write('first');
    const { get, clock } = clientFor({
      tls_config: { ca: authority.cert, cert_file: join(path, 'c.pem'), key_file: join(path, 'k.pem') },
    });
    expect(await get(`https://${address}/`)).toBe('first');
    write('second');
    await clock.advance(6_000);
    expect(await get(`https://${address}/`)).toBe('second');
    writeFileSync(join(path, 'k.pem'), makeCertificate({ name: 'third' }).key);
    await clock.advance(6_000);
    await expect(get(`https://${address}/`)).rejects.toThrow(/^the certificates of tls_config cannot be used: /);
    write('fourth');
    expect(await get(`https://${address}/`)).toBe('fourth');
  });

  it('speaks the versions it may and no other', async () => {
    const old = await tlsServer(serverCertificate, { maxVersion: 'TLSv1.2' });
    const tls = { ca: authority.cert };
    await expect(clientFor({ tls_config: { ...tls, min_version: 'TLS13' } }).get(`https://${old}/`)).rejects.toThrow();
    expect(await clientFor({ tls_config: { ...tls, max_version: 'TLS12' } }).get(`https://${old}/`)).toBe('nobody');
    const ancient = await tlsServer(serverCertificate, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await expect(clientFor({ tls_config: tls }).get(`https://${ancient}/`)).rejects.toThrow();
    expect(await clientFor({ tls_config: { ...tls, min_version: 'TLS10' } }).get(`https://${ancient}/`)).toBe('nobody');
  });

  it('a certificate that is none is an error before anything is asked', () => {
    expect(() => clientFor({ tls_config: { cert: 'x', key: 'y' } })).toThrow(/^tls_config: .*check the certificates/);
    expect(() => clientFor({ tls_config: { ca_file: '/nowhere/ca.pem' } })).toThrow(/tls_config\.ca_file: ENOENT/);
  });
});

describe('redirects', () => {
  it('credentials stay with the host they are meant for', async () => {
    const other = recorder();
    const otherAddress = await serve(other.listener);
    const own: IncomingHttpHeaders[] = [];
    const address = await serve((request, response) => {
      own.push(request.headers);
      const location = request.url === '/' ? '/again' : `http://${otherAddress}/`;
      response.writeHead(302, { location }).end();
    });
    const { get } = clientFor({
      basic_auth: { username: 'u', password: 'p' },
      http_headers: { 'X-Tenant': { values: ['a'], secrets: ['b'] } },
    });
    await get(`http://${address}/`);
    expect(own.map((headers) => [headers.authorization, headers['x-tenant']])).toEqual([
      ['Basic dTpw', 'a, b'],
      ['Basic dTpw', 'a, b'],
    ]);
    expect(other.seen[0]).not.toHaveProperty('authorization');
    expect(other.seen[0]).not.toHaveProperty('x-tenant');
  });

  it('user and password of the address are sent when there are no other credentials', async () => {
    const { seen, listener } = recorder();
    const address = await serve(listener);
    await clientFor({}).get(`http://u:p%40@${address}/`);
    await clientFor({ bearer_token: 't' }).get(`http://u:p@${address}/`);
    expect(seen.map((headers) => headers.authorization)).toEqual(['Basic dTpwQA==', 'Bearer t']);
  });

  it('are not followed when the configuration says so', async () => {
    const address = await serve((_request, response) => response.writeHead(302, { location: '/x' }).end());
    const { get } = clientFor({ follow_redirects: false });
    await expect(get(`http://${address}/`)).rejects.toThrow('server returned HTTP status 302 Found');
  });

  it('a POST is repeated after 307 and 308, and becomes a GET after the others', async () => {
    const seen: string[] = [];
    const address = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${body}`);
        const status = Number(request.url?.slice(1));
        response.writeHead(status || 200, status ? { location: '/end' } : {}).end();
      });
    });
    const { client, requestOf } = clientFor({});
    for (const status of [302, 308]) {
      await client.send({ ...requestOf(`http://${address}/${status}`), body: 'x' });
    }
    expect(seen).toEqual(['POST /302 x', 'GET /end ', 'POST /308 x', 'POST /end x']);
  });
});

describe('headers', () => {
  it('of http_headers replace the request’s own, and come from files too', async () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'from-file\n');
    const { seen, listener } = recorder();
    const address = await serve(listener);
    const { get } = clientFor({ http_headers: { Accept: { values: ['x/y'] }, 'X-Token': { files: [file] } } });
    await get(`http://${address}/`);
    expect(seen[0]).toMatchObject({ accept: 'x/y', 'x-token': 'from-file', 'user-agent': 'Vedette/test' });
  });

  it('a rotated credentials file counts a few seconds later', async () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'one\n');
    const { seen, listener } = recorder();
    const address = await serve(listener);
    const { get, clock } = clientFor({ authorization: { type: 'Token', credentials_file: file } });
    await get(`http://${address}/`);
    writeFileSync(file, 'two\n');
    await clock.advance(6_000);
    await get(`http://${address}/`);
    expect(seen.map((headers) => headers.authorization)).toEqual(['Token one', 'Token two']);
  });
});

describe('proxies', () => {
  it('an HTTP proxy forwards http:// requests with the whole address', async () => {
    const { seen, listener } = recorder();
    const address = await serve(listener);
    const proxy = await httpProxy({ leadTo: address, credentials: 'us er:p@ss' });
    later(() => proxy.close());
    const { get } = clientFor({ proxy_url: `http://us%20er:p%40ss@${proxy.address}`, bearer_token: 't' });
    expect(await get('http://camera.test:9100/metrics?a=b')).toBe('GET /metrics?a=b');
    expect(await get('http://other.test/')).toBe('GET /');
    expect(proxy.asked).toEqual(['GET http://camera.test:9100/metrics?a=b', 'GET http://other.test/']);
    expect(seen[0]).toMatchObject({ host: 'camera.test:9100', authorization: 'Bearer t' });
  });

  it('an HTTP proxy makes tunnels for https:// requests, with the headers of proxy_connect_header', async () => {
    const address = await tlsServer();
    const proxy = await httpProxy({ leadTo: address, credentials: 'u:p' });
    later(() => proxy.close());
    const { get } = clientFor({
      proxy_url: `http://u:p@${proxy.address}`,
      proxy_connect_header: { 'X-Tenant': ['north', 'south'] },
      tls_config: { ca: authority.cert },
      bearer_token: 'only for the server',
    });
    expect(await get('https://camera.test/')).toBe('nobody');
    await nextTurn();
    expect(await get('https://camera.test/')).toBe('nobody');
    expect(proxy.asked).toEqual(['CONNECT camera.test:443']);
    expect(proxy.headers[0]).toMatchObject({ 'x-tenant': 'north, south' });
    expect(proxy.headers[0]).not.toHaveProperty('authorization');
  });

  it('a proxy may itself speak TLS', async () => {
    const plain = await serve(recorder().listener);
    const secure = await tlsServer();
    for (const [leadTo, url, answer] of [
      [plain, 'http://camera.test/', 'GET /'],
      [secure, 'https://camera.test/', 'nobody'],
    ] as const) {
      const proxy = await httpProxy({ leadTo, tls: serverCertificate });
      later(() => proxy.close());
      const { get } = clientFor({ proxy_url: `https://${proxy.address}`, tls_config: { ca: authority.cert } });
      expect(await get(url)).toBe(answer);
      expect(proxy.asked).toHaveLength(1);
    }
  });

  it('a SOCKS proxy makes tunnels for both, and resolves names itself', async () => {
    const plain = await serve(recorder().listener);
    const secure = await tlsServer();
    for (const [leadTo, url, asked] of [
      [plain, 'http://camera.test:81/', 'SOCKS camera.test:81'],
      [secure, 'https://camera.test/', 'SOCKS camera.test:443'],
      [plain, 'http://192.0.2.7/', 'SOCKS 192.0.2.7:80'],
    ] as const) {
      const proxy = await socksProxy({ leadTo, credentials: 'u:p' });
      later(() => proxy.close());
      const { get } = clientFor({ proxy_url: `socks5://u:p@${proxy.address}`, tls_config: { ca: authority.cert } });
      await get(url);
      expect(proxy.asked).toEqual([asked]);
    }
  });

  it('says when the proxy refuses, is away or wants a password', async () => {
    const proxy = await httpProxy({ credentials: 'u:p' });
    later(() => proxy.close());
    await expect(clientFor({ proxy_url: `http://${proxy.address}` }).get('https://camera.test/')).rejects.toThrow(
      `the proxy ${proxy.address} refused a connection to camera.test:443 with HTTP status 407; set user and password in proxy_url`,
    );
    await expect(clientFor({ proxy_url: `http://${proxy.address}` }).get('http://camera.test/')).rejects.toThrow('407');
    await expect(clientFor({ proxy_url: 'http://127.0.0.1:1' }).get('https://camera.test/')).rejects.toThrow(
      'no connection through the proxy 127.0.0.1:1: connect ECONNREFUSED',
    );
    await expect(clientFor({ proxy_url: 'http://127.0.0.1:1' }).get('http://camera.test/')).rejects.toThrow(
      'no connection through the proxy 127.0.0.1:1: connect ECONNREFUSED',
    );
    const socks = await socksProxy({ credentials: 'u:p' });
    later(() => socks.close());
    await expect(
      clientFor({ proxy_url: `socks5://u:wrong@${socks.address}` }).get('http://camera.test/'),
    ).rejects.toThrow('it does not accept the user and password of proxy_url');
  });

  it('no_proxy and loopback addresses go directly once no_proxy is set', async () => {
    const address = await serve(recorder().listener);
    const proxy = await httpProxy();
    later(() => proxy.close());
    const all = clientFor({ proxy_url: `http://${proxy.address}` });
    await all.get(`http://${address}/`);
    expect(proxy.asked).toHaveLength(1);
    const some = clientFor({ proxy_url: `http://${proxy.address}`, no_proxy: 'cameras.test' });
    await some.get(`http://${address}/`);
    expect(proxy.asked).toHaveLength(1);
  });

  it('proxy_from_environment takes the process’s own proxies', async () => {
    const address = await serve(recorder().listener);
    const proxy = await httpProxy({ leadTo: address });
    later(() => proxy.close());
    const environment = { httpProxy: proxy.address, noProxy: 'direct.test' };
    const { get } = clientFor({ proxy_from_environment: true }, environment);
    expect(await get('http://camera.test/')).toBe('GET /');
    await expect(get('http://direct.test/')).rejects.toThrow('no address found');
    expect(proxy.asked).toHaveLength(1);
    await expect(clientFor({}, environment).get('http://camera.test/')).rejects.toThrow('no address found');
  });
});

describe('OAuth 2', () => {
  const setUp = async (extra: Record<string, unknown> = {}, status = (): number => 200) => {
    const tokens = tokenServer({ id: 'vedette', secret: 's&cret' });
    const tokenAddress = await serve(tokens.listener);
    const seen: (string | undefined)[] = [];
    const address = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(status()).end();
    });
    const made = clientFor({
      oauth2: {
        client_id: 'vedette',
        client_secret: 's&cret',
        token_url: `http://${tokenAddress}/token`,
        scopes: ['read', 'metrics'],
        endpoint_params: { audience: 'cameras' },
        ...extra,
      },
    });
    return { ...made, tokens, seen, url: `http://${address}/` };
  };

  it('one token serves many requests until shortly before it ends', async () => {
    const { get, url, tokens, seen, clock } = await setUp();
    await Promise.all([get(url), get(url), get(url)]);
    await clock.advance(3_580_000);
    await get(url);
    expect(tokens.asked).toHaveLength(1);
    expect(Object.fromEntries(tokens.asked[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'read metrics',
      audience: 'cameras',
    });
    await clock.advance(11_000);
    await get(url);
    expect(seen).toEqual([...Array.from({ length: 4 }, () => 'Bearer token-1'), 'Bearer token-2']);
  });

  it('a server that wants the secret in the form gets it there, from then on at once', async () => {
    const { get, url, tokens, clock } = await setUp();
    tokens.style = 'body';
    await get(url);
    await clock.advance(3_600_000);
    await get(url);
    expect(tokens.asked.map((form) => form.get('client_secret'))).toEqual([null, 's&cret', 's&cret']);
  });

  it('401 drops the token', async () => {
    let status = 401;
    const { get, url, seen } = await setUp({}, () => status);
    await expect(get(url)).rejects.toThrow('401');
    status = 200;
    await get(url);
    await get(url);
    expect(seen).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-2']);
  });

  it('a token server that fails is named with its reason, and not asked by every request', async () => {
    const { get, url, tokens, clock } = await setUp({ client_secret: 'wrong' });
    await expect(get(url)).rejects.toThrow('no OAuth 2 token: token_url answered HTTP status 401 (invalid_client)');
    await expect(get(url)).rejects.toThrow('no OAuth 2 token');
    expect(tokens.asked).toHaveLength(2);
    await clock.advance(1_500);
    await expect(get(url)).rejects.toThrow('no OAuth 2 token');
    expect(tokens.asked).toHaveLength(4);
  });

  it('hostile answers are bounded and refused', async () => {
    const { get, url, tokens, clock, seen } = await setUp();
    for (const [body, message] of [
      ['x'.repeat(2 * 1024 * 1024), 'body exceeded 1MB (limit of oauth2 token_url)'],
      ['{"access_token": "a\\r\\nx-evil: 1"}', 'without a usable access_token'],
      ['[', 'without a usable access_token'],
      ['{"access_token": "a", "token_type": "a b"}', 'token_type that is no word'],
    ] as const) {
      tokens.answer = { status: 200, type: 'application/json', body };
      await expect(get(url)).rejects.toThrow(message);
      await clock.advance(2_000);
    }
    tokens.answer = {
      status: 200,
      type: 'application/x-www-form-urlencoded',
      body: 'access_token=plain&expires_in=60',
    };
    await get(url);
    expect(seen).toEqual(['Bearer plain']);
  });

  it('the secret comes from a file, the token server has its own TLS and its own proxy', async () => {
    const file = join(folder(), 'secret');
    writeFileSync(file, 's&cret\n');
    const tokens = tokenServer({ id: 'vedette', secret: 's&cret' });
    const tokenAddress = await serveTls({ cert: serverCertificate.cert, key: serverCertificate.key }, tokens.listener);
    const proxy = await httpProxy({ leadTo: tokenAddress });
    later(() => proxy.close());
    const { seen, listener } = recorder();
    const address = await serve(listener);
    const { get } = clientFor({
      oauth2: {
        client_id: 'vedette',
        client_secret_file: file,
        token_url: 'https://camera.test/token',
        tls_config: { ca: authority.cert },
        proxy_url: `http://${proxy.address}`,
      },
    });
    await get(`http://${address}/`);
    expect(proxy.asked).toEqual(['CONNECT camera.test:443']);
    expect(seen[0]?.authorization).toBe('Bearer token-1');
  });

  it('an assertion is signed with the key of the client', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { get, url, tokens, clock } = await setUp({
      client_secret: undefined,
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      client_certificate_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_certificate_key_id: 'k1',
      signature_algorithm: 'RS384',
      claims: { tenant: 'north' },
    });
    await get(url);
    const [head = '', body = '', signature = ''] = tokens.asked[0]?.get('assertion')?.split('.') ?? [];
    const verifier = createVerify('RSA-SHA384').update(`${head}.${body}`);
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(verifier.verify(key, signature, 'base64url')).toBe(true);
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(head)).toEqual({ alg: 'RS384', typ: 'JWT', kid: 'k1' });
    expect(read(body)).toMatchObject({
      iss: 'vedette',
      sub: 'vedette',
      scope: 'read metrics',
      tenant: 'north',
      iat: Math.floor(clock.now() / 1_000),
    });
  });
});

describe('streams', () => {
  it('hand over the body as it comes, and end with the server or the reader', async () => {
    const address = await serve((_request, response) => {
      response.write('one');
      setImmediate(() => response.end('two'));
    });
    const { client, requestOf } = clientFor({});
    const pieces: string[] = [];
    const answer = await client.stream(requestOf(`http://${address}/`), {
      take: (chunk) => pieces.push(chunk.toString()),
    });
    expect([answer.status, pieces.join('')]).toEqual([200, 'onetwo']);
    const enough = client.stream(requestOf(`http://${address}/`), {
      take: () => {
        throw new Error('enough');
      },
    });
    await expect(enough).rejects.toThrow('enough');
  });

  it('an answer with an error status is handed back with its words', async () => {
    const address = await serve((_request, response) => response.writeHead(410).end('gone'));
    const { client, requestOf } = clientFor({});
    const answer = await client.stream(requestOf(`http://${address}/`), { take: () => expect.unreachable() });
    expect([answer.status, answer.body.toString()]).toEqual([410, 'gone']);
  });
});

describe('methods', () => {
  it.each(['PUT', 'DELETE'] as const)('%s', async (method) => {
    const { listener } = recorder();
    const { client, requestOf } = clientFor({});
    const request = { ...requestOf(`http://${await serve(listener)}/issue/1`), method };
    const answer = await client.send(method === 'PUT' ? { ...request, body: '{}' } : request);
    expect(answer.body.toString()).toBe(`${method} /issue/1`);
  });
});

describe('a client that may not connect everywhere', () => {
  const nowhere = { allowAddress: () => false };
  const REFUSED = /^connections to the address of .* are not allowed$/;

  it('asks for the address that a name has, and for one that stands in the URL', async () => {
    const { seen, listener } = recorder();
    const address = await serve(listener);
    const { port } = new URL(`http://${address}`);
    const asked: string[] = [];
    const allowAddress = (ip: string): boolean => {
      asked.push(ip);
      return ip === '127.0.0.1';
    };
    const some = clientFor({}, {}, { allowAddress });
    expect(await some.get(`http://localhost:${port}/`)).toBe('GET /');
    expect(await some.get(`http://127.0.0.1:${port}/`)).toBe('GET /');
    expect(await some.get(`http://[::ffff:127.0.0.1]:${port}/`).catch(String)).not.toMatch(/not allowed/);
    expect(asked).toContain('127.0.0.1');
    expect(asked.some((ip) => ip.startsWith('::ffff'))).toBe(false);
    seen.length = 0;
    for (const host of ['localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])
      await expect(clientFor({}, {}, nowhere).get(`http://${host}:${port}/`), host).rejects.toThrow(REFUSED);
    expect(seen).toEqual([]);
  });

  it('follows no redirect to such an address', async () => {
    const { seen, listener } = recorder();
    const inside = await serve(listener);
    const outside = await serve((_request, response) => {
      response.writeHead(302, { location: `http://[::1]:${new URL(`http://${inside}`).port}/` }).end();
    });
    const only4 = clientFor({}, {}, { allowAddress: (ip) => ip === '127.0.0.1' });
    await expect(only4.get(`http://${outside}/`)).rejects.toThrow(REFUSED);
    expect(seen).toEqual([]);
  });

  it('says so as a failure of its own kind, and over TLS and proxies too', async () => {
    const secure = await tlsServer();
    await expect(clientFor({}, {}, nowhere).get(`https://${secure}/`)).rejects.toBeInstanceOf(AddressRefused);
    for (const proxy of ['http://localhost:1', 'http://127.0.0.1:1', 'socks5://localhost:1'])
      for (const target of ['http://camera.test/', 'https://camera.test/'])
        await expect(clientFor({ proxy_url: proxy }, {}, nowhere).get(target), `${proxy} ${target}`).rejects.toThrow(
          /not allowed/,
        );
    const proxy = 'http://localhost:1';
    const toLocal = clientFor({ proxy_url: proxy }, {}, { allowAddress: (ip) => ip !== '10.0.0.1' });
    await expect(toLocal.get('https://10.0.0.1/')).rejects.toThrow(REFUSED);
  });
});
