import { Agent, buildConnector } from 'undici';
import type { Clock } from '../clock.ts';
import { type AddressFilter, filteredLookup, refuseLiteral } from './address-filter.ts';
import type { HttpClientConfig, OAuth2Config } from './config.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import type { Deadlines } from './deadlines.ts';
import { decompress } from './decompress.ts';
import {
  type BodyReader,
  type HttpAnswer,
  type HttpMethod,
  type HttpRequest,
  exchange,
  isGood,
  timedOut,
} from './exchange.ts';
import { HttpFailure } from './http-failure.ts';
import { OAuth2Tokens } from './oauth2.ts';
import { CONNECT_TIMEOUT_MS, decodedUser, forwards, proxyAuthorization, proxyConnector } from './proxy-connect.ts';
import { type ProxyChoice, type ProxyEnvironment, proxyChoice } from './proxy.ts';
import { TlsFiles } from './tls-files.ts';

/** Requests to one host:port at once; more wait. Many targets behind one gateway still get their own connection. */
const CONNECTIONS_MAX = 64;
/** As Prometheus: idle connections outlive the usual intervals, so that scrapes reuse them. */
const KEEP_ALIVE_MS = 300_000;
/** As Go's HTTP client. */
const REDIRECTS_MAX = 10;
/** A body that was there in time may be a little late once it is expanded; a bomb is a lot later. */
const EXPANSION_GRACE_MS = 1_000;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Redirects that repeat the request as it was; after the others a POST becomes a GET without a body. */
const REPEATING: ReadonlySet<number> = new Set([307, 308]);

export interface HttpClientDeps {
  readonly clock: Clock;
  /** Shared by all clients of a process. */
  readonly deadlines: Deadlines;
  /** Sent with every request. */
  readonly userAgent: string;
  /** Requests to one host:port at once, default 64; more for who keeps many long requests open. */
  readonly connectionsMax?: number;
  /** For `proxy_from_environment`. */
  readonly proxyEnvironment?: ProxyEnvironment;
  /** Looked at before each connection; default: every address is allowed. See AddressFilter. */
  readonly allowAddress?: AddressFilter;
}

/** Header lines of a request; valid for the same address and the same credentials. */
interface HeaderLines {
  readonly url: URL;
  readonly credentials: readonly string[];
  readonly plain: readonly string[];
  readonly withCredentials: readonly string[];
}

/**
 * HTTP to one kind of server as its `<http_config>` says: kept-alive connections, credentials, redirects, a deadline, a
 * body limit, and one-sentence faults. Owns its sockets until close().
 */
export class HttpClient {
  readonly #deps: HttpClientDeps;
  readonly #config: HttpClientConfig;
  readonly #credentials: Credentials;
  /** Headers of `http_headers`, which replace the request's own. */
  readonly #overridden: ReadonlySet<string>;
  readonly #tls: TlsFiles;
  readonly #proxyFor: ProxyChoice;
  readonly #usesProxy: boolean;
  readonly #lines = new WeakMap<readonly string[], HeaderLines>();
  readonly #tokens: OAuth2Tokens | undefined;
  readonly #tokenClient: HttpClient | undefined;
  #agent: Agent;

  /** Throws CONFIG_UNREADABLE or CONFIG_INVALID when a certificate cannot be read or used. */
  constructor(deps: HttpClientDeps, config: HttpClientConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#proxyFor = proxyChoice(config, deps.proxyEnvironment ?? {});
    this.#usesProxy = config.proxy_url !== undefined || config.proxy_from_environment === true;
    if (config.oauth2 !== undefined) {
      // Redirects of a token request would carry the client's secret elsewhere.
      const client = new HttpClient(deps, { ...proxyConfigOf(config.oauth2), follow_redirects: false });
      this.#tokenClient = client;
      this.#tokens = new OAuth2Tokens({ clock: deps.clock, send: (request) => client.send(request) }, config.oauth2);
    }
    this.#credentials = createCredentials(config, deps.clock, this.#tokens);
    this.#overridden = new Set(Object.keys(config.http_headers ?? {}).map((name) => name.toLowerCase()));
    this.#tls = new TlsFiles(config.tls_config, deps.clock.monotonicMs());
    this.#agent = this.#openAgent();
  }

  /** The answer, when its status is 200. Rejects with HttpFailure, or with the signal's reason. */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.send(request);
    if (answer.status !== 200) throw new HttpFailure(statusFault(answer));
    return answer;
  }

  /** The answer whatever its status, redirects followed. Rejects with HttpFailure, or with the signal's reason. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const endMs = this.#deps.deadlines.monotonicMs() + request.timeoutMs;
    const answer = await this.#follow(request, endMs, undefined);
    if (!isGood(answer.status)) return answer;
    const body = await decompress(answer, request);
    if (this.#deps.deadlines.monotonicMs() > endMs + EXPANSION_GRACE_MS) throw timedOut(request);
    return { ...answer, body };
  }

  /**
   * Hands over the body of a good answer piece by piece as it comes, without end or limit but the timeout; resolves when the
   * server ends it, or at once with an answer that is not good.
   */
  async stream(request: HttpRequest, reader: BodyReader): Promise<HttpAnswer> {
    return this.#follow(request, this.#deps.deadlines.monotonicMs() + request.timeoutMs, reader);
  }

  async close(): Promise<void> {
    this.#tokens?.close();
    await Promise.all([this.#agent.destroy(), this.#tokenClient?.close()]);
  }

  async #follow(request: HttpRequest, endMs: number, reader: BodyReader | undefined): Promise<HttpAnswer> {
    const { clock, deadlines } = this.#deps;
    // Most requests wait for nothing here: files are looked at now and then, and tokens last.
    const nowMs = clock.monotonicMs();
    if (this.#tls.isDue(nowMs) && (await this.#tls.changed(nowMs))) this.#renewAgent();
    const credentials =
      this.#credentials.known() ??
      (await deadlines.wait(
        this.#credentials.headers(),
        endMs - deadlines.monotonicMs(),
        () => timedOut(request),
        request.signal,
      ));
    const { plain, withCredentials } = this.#linesOf(request, credentials);
    let { url, body } = request;
    let method: HttpMethod = request.method ?? (body === undefined ? 'GET' : 'POST');
    // One timeout for the whole way: a chain of slow redirects must not take it once per hop.
    for (let hops = 0; ; hops++) {
      const proxy = this.#usesProxy ? this.#proxyFor(url) : undefined;
      const forwarded = forwards(proxy, url);
      const lines = mayKnowUs(url, request.url) ? withCredentials : plain;
      const answer = await exchange({
        dispatcher: this.#agent,
        deadlines,
        request,
        method,
        body,
        url,
        path: forwarded ? url.origin + url.pathname + url.search : url.pathname + url.search,
        headers: forwarded ? [...lines, ...proxyHeaders(proxy)] : lines,
        leftMs: endMs - deadlines.monotonicMs(),
        reader,
      });
      if (answer.status === 401 && lines === withCredentials) this.#credentials.refused(credentials);
      const location = answer.header('location');
      if (!this.#config.follow_redirects || !REDIRECTS.has(answer.status) || location === '') return answer;
      if (request.keepMethod === true && !REPEATING.has(answer.status)) return answer;
      if (hops === REDIRECTS_MAX)
        throw new HttpFailure(`stopped after ${REDIRECTS_MAX} redirects; the last one pointed to ${location}`);
      url = redirected(url, location);
      if (!REPEATING.has(answer.status)) {
        method = 'GET';
        body = undefined;
      }
    }
  }

  /** Put together once for a target that sends the same headers again and again. */
  #linesOf(request: HttpRequest, credentials: readonly string[]): HeaderLines {
    const before = this.#lines.get(request.headers);
    if (before !== undefined && before.credentials === credentials && before.url === request.url) return before;
    const plain = [...request.headers, 'user-agent', this.#deps.userAgent];
    const withCredentials = [...this.#notOverridden(plain), ...credentials, ...userOf(request.url, credentials)];
    const lines = { url: request.url, credentials, plain, withCredentials };
    this.#lines.set(request.headers, lines);
    return lines;
  }

  #notOverridden(headers: readonly string[]): readonly string[] {
    if (this.#overridden.size === 0) return headers;
    return headers.filter((_, i) => !this.#overridden.has(headers[i - (i % 2)] as string));
  }

  /** Requests under way end on the connections they have. */
  #renewAgent(): void {
    const before = this.#agent;
    this.#agent = this.#openAgent();
    void before.close();
  }

  #openAgent(): Agent {
    return new Agent({
      connections: this.#deps.connectionsMax ?? CONNECTIONS_MAX,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The request's deadline covers both.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connector(),
    });
  }

  #connector(): buildConnector.BuildOptions | buildConnector.connector {
    const { allowAddress, deadlines } = this.#deps;
    const tls = this.#tls.options();
    if (allowAddress === undefined)
      return this.#usesProxy ? proxyConnector(this.#proxyFor, this.#config, tls, deadlines) : tls;
    const lookup = filteredLookup(allowAddress);
    const proxyFor: ProxyChoice = (url) => {
      const proxy = this.#proxyFor(url);
      if (proxy) refuseLiteral(proxy.hostname, allowAddress);
      return proxy;
    };
    const connect = this.#usesProxy
      ? proxyConnector(proxyFor, this.#config, tls, deadlines, lookup)
      : buildConnector({ ...tls, lookup, timeout: CONNECT_TIMEOUT_MS });
    return (options, callback) => {
      try {
        refuseLiteral(options.hostname, allowAddress);
        connect(options, callback);
      } catch (error) {
        callback(error as Error, null);
      }
    };
  }
}

/** Credentials go to the host they are meant for, and not in clear text where they were meant for TLS. */
function mayKnowUs(url: URL, first: URL): boolean {
  if (url === first) return true;
  return url.host === first.host && (url.protocol === first.protocol || url.protocol === 'https:');
}

/** What of an oauth2 section concerns the way to the token server. */
function proxyConfigOf(oauth2: OAuth2Config): Omit<HttpClientConfig, 'follow_redirects'> {
  const { tls_config, proxy_url, no_proxy, proxy_from_environment, proxy_connect_header } = oauth2;
  return { tls_config, proxy_url, no_proxy, proxy_from_environment, proxy_connect_header };
}

/** User and password of an address count when the configuration has no credentials. */
function userOf(url: URL, credentials: readonly string[]): readonly string[] {
  if (url.username === '' || credentials.includes('authorization')) return [];
  const { username, password } = decodedUser(url);
  return ['authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`];
}

function proxyHeaders(proxy: URL | undefined): readonly string[] {
  const authorization = proxy && proxyAuthorization(proxy);
  return authorization === undefined ? [] : ['proxy-authorization', authorization];
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new HttpFailure(`redirected to "${location}", which is not a URL`);
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new HttpFailure(`redirected to ${url.protocol}//, which is not HTTP`);
  return url;
}

/** Words for a status that is not the wanted one. */
export function statusFault(answer: Pick<HttpAnswer, 'status' | 'statusText'>): string {
  return `server returned HTTP status ${answer.status}${answer.statusText === '' ? '' : ` ${answer.statusText}`}`;
}
