import type { FastifyReply, FastifyRequest } from 'fastify';
import { VedetteError } from '../base/errors.ts';
import type { Authenticator } from './authentication.ts';
import { type HttpConfig, hasAuthentication, isLoopback } from './config.ts';

/** Answered without credentials: what a load balancer or a supervisor asks. They tell nothing but alive and ready. */
const OPEN_PATHS = new Set(['/-/healthy', '/-/ready', '/api/health/live', '/api/health/ready']);

/**
 * What every request passes first. On loopback without users, the Host header must name this machine: a page elsewhere that
 * rebinds its own name to 127.0.0.1 is refused. A browser's request that changes something must come from Vedette's own pages.
 */
export function createGuard(
  config: HttpConfig,
  authenticator: Authenticator,
  openPrefixes: readonly string[] = [],
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const needsCredentials = hasAuthentication(config);
  const externalHost = config.external_url === undefined ? [] : [new URL(config.external_url).hostname];
  const hosts = new Set(['localhost', config.listen.host, ...config.allowed_hosts, ...externalHost]);
  const checkHost = isLoopback(config.listen.host) && !needsCredentials;

  return async (request, reply) => {
    if (checkHost) {
      const host = hostName(request.headers.host ?? '');
      if (!hosts.has(host) && !isLoopback(host)) {
        throw new VedetteError(
          'FORBIDDEN_HOST',
          `Vedette does not serve the host name "${host}"; add it to http.allowed_hosts or configure users`,
        );
      }
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const site = request.headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') {
        throw new VedetteError('FORBIDDEN_HOST', 'a page of another site may not change anything here');
      }
    }
    if (needsCredentials && !OPEN_PATHS.has(request.url.split('?')[0] ?? '') && !isOpen(request, openPrefixes)) {
      const user = await authenticator.authenticate(request.headers.authorization);
      if (user === undefined) {
        void reply.header('www-authenticate', 'Basic realm="Vedette", charset="UTF-8"');
        throw new VedetteError(
          'UNAUTHORIZED',
          'sign in with a user of http.basic_auth_users, or send one of http.bearer_tokens',
        );
      }
      request.user = user;
    }
  };
}

/** By the path that the route was registered under: what a client wrote may be spelled in many ways. */
function isOpen(request: FastifyRequest, prefixes: readonly string[]): boolean {
  const { url } = request.routeOptions;
  return url !== undefined && prefixes.some((prefix) => url.startsWith(prefix));
}

function hostName(header: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, '')).toLowerCase();
}
