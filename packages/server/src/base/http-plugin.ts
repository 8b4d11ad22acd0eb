import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Who is signed in: a name of http.basic_auth_users, or `token` for a bearer token. Undefined when no users are configured, and on
     * open paths.
     */
    user: string | undefined;
  }
}

/** How a slice shows itself over HTTP: a Fastify scope whose hooks, parsers and error handler stay inside. */
export interface HttpPlugin {
  (scope: FastifyInstance): Promise<void>;
  /** Routes that begin with one of these are answered without credentials; see `withOpenPrefixes`. */
  readonly openPrefixes?: readonly string[];
}

/**
 * A plugin some of whose routes nobody signs in for, because each request proves itself by other means (a signed link). A prefix
 * begins and ends with a slash, and counts for the path under which a route is registered, not for what a client wrote.
 */
export function withOpenPrefixes(prefixes: readonly string[], plugin: HttpPlugin): HttpPlugin {
  const wrong = prefixes.find((prefix) => !/^\/.+\/$/.test(prefix));
  if (wrong !== undefined) throw new Error(`open prefix ${wrong}: it must begin and end with a slash, and name a path`);
  return Object.assign((scope: FastifyInstance) => plugin(scope), { openPrefixes: prefixes });
}
