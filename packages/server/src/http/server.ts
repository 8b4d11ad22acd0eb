import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Logger } from '../base/logger.ts';
import { createAuthenticator } from './authentication.ts';
import { type HttpConfig, formatListen, hasAuthentication, isLoopback } from './config.ts';
import { CONTENT_SECURITY_POLICY } from './content-security-policy.ts';
import { createErrorHandler } from './error-body.ts';
import { createGuard } from './guard.ts';

export interface HttpDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly plugins: readonly HttpPlugin[];
}

export interface HttpServer extends Component {
  /** Where it listens, once started: `http://127.0.0.1:9600`. */
  readonly url: string;
}

/** Bodies are small except on ingest routes, which set their own limit. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** A client that sends its headers, or all of its request, slower than this is dropped. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 120_000;

/** Idle connections stay open longer than the usual 60 s scrape interval, so that a scraper can reuse them. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Open sockets; further ones wait in the system's queue. */
const CONNECTIONS_MAX = 4_096;

/** Throws LISTEN_UNSAFE before anything is opened when the address is public and nobody would have to sign in. */
export function openHttp(deps: HttpDeps, config: HttpConfig): HttpServer {
  if (!isLoopback(config.listen.host) && !hasAuthentication(config)) {
    throw new VedetteError(
      'LISTEN_UNSAFE',
      `refusing to listen on ${formatListen(config.listen)} without authentication: everyone on the network could read and ` +
        'change everything.\nAdd users to the configuration:\n\n  http:\n    basic_auth_users:\n      admin: <output of `vedette auth hash`>\n\n' +
        'or listen on loopback: --listen 127.0.0.1:9600',
    );
  }
  let app: FastifyInstance | undefined;
  let url = '';
  const duration = new Histogram({
    name: 'vedette_http_request_duration_seconds',
    help: 'Time from request to the end of the answer.',
    labelNames: ['method', 'route', 'code'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [deps.registry],
  });

  const start = async (): Promise<void> => {
    const tls = config.tls_server_config;
    const options = {
      bodyLimit: BODY_BYTES_MAX,
      forceCloseConnections: true,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // A metric name in /api/v1/label/<name>/values may be long.
      routerOptions: { maxParamLength: 1_024 },
    } as const;
    const instance = tls
      ? (fastify({
          ...options,
          https: { cert: readTlsFile('cert_file', tls.cert_file), key: readTlsFile('key_file', tls.key_file) },
        }) as unknown as FastifyInstance)
      : fastify(options);
    instance.server.headersTimeout = HEADERS_TIMEOUT_MS;
    instance.server.maxConnections = CONNECTIONS_MAX;
    instance.decorateRequest('user', undefined);
    const openPrefixes = deps.plugins.flatMap((plugin) => plugin.openPrefixes ?? []);
    instance.addHook('onRequest', createGuard(config, createAuthenticator(config), openPrefixes));
    instance.addHook('onSend', async (_request, reply) => {
      void reply.header('x-content-type-options', 'nosniff');
      void reply.header('referrer-policy', 'same-origin');
      void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    });
    instance.addHook('onResponse', async (request, reply) => {
      duration.observe(
        { method: request.method, route: request.routeOptions.url ?? 'none', code: String(reply.statusCode) },
        reply.elapsedTime / 1_000,
      );
    });
    instance.setErrorHandler(createErrorHandler(deps.logger));
    instance.setNotFoundHandler(async (request, reply) =>
      reply
        .code(404)
        .send({ code: 'NOT_FOUND', message: `nothing answers ${request.method} ${request.url.split('?')[0]}` }),
    );
    for (const plugin of deps.plugins) await instance.register(plugin);
    try {
      await instance.listen({ host: config.listen.host, port: config.listen.port });
    } catch (error) {
      await instance.close();
      throw listenError(error, config);
    }
    app = instance;
    const address = instance.server.address() as AddressInfo;
    url = `${tls ? 'https' : 'http'}://${formatListen({ host: config.listen.host, port: address.port })}`;
  };

  return {
    name: 'http',
    get url() {
      return url;
    },
    start,
    stop: async () => {
      await app?.close();
      app = undefined;
    },
  };
}

function readTlsFile(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new VedetteError(
      'CONFIG_UNREADABLE',
      `http.tls_server_config.${key} ${path} cannot be read: ${errorMessage(error)}; check the path and its permissions`,
      { cause: error },
    );
  }
}

function listenError(error: unknown, config: HttpConfig): VedetteError {
  const address = formatListen(config.listen);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new VedetteError(
        'LISTEN_IN_USE',
        `${address} is already in use, perhaps by another Vedette; stop that process or choose another address with --listen 127.0.0.1:PORT`,
        { cause: error },
      );
    case 'EACCES':
      return new VedetteError(
        'LISTEN_IN_USE',
        `this user may not listen on ${address}; choose a port above 1023 with --listen`,
        {
          cause: error,
        },
      );
    default:
      return new VedetteError(
        'LISTEN_IN_USE',
        `cannot listen on ${address}: ${errorMessage(error)}; choose another address with --listen`,
        {
          cause: error,
        },
      );
  }
}
