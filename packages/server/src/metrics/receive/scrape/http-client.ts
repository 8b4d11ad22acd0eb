import { readFileSync } from 'node:fs';
import type { SecureVersion } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { Agent, type Dispatcher, type buildConnector } from 'undici';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import { formatDuration } from '../../../base/units.ts';
import type { Deadlines } from './deadlines.ts';
import type { HttpClientConfig, TlsConfig } from './http-client-config.ts';
import { ScrapeFailure } from './page-source.ts';

/** Requests to one host:port at once; more wait. Many targets behind one gateway still get their own connection. */
const CONNECTIONS_MAX = 64;
/** As Prometheus: idle connections outlive the usual intervals, so that scrapes reuse them. */
const KEEP_ALIVE_MS = 300_000;
/** As Go's HTTP client. */
const REDIRECTS_MAX = 10;
/** Larger compressed bodies are expanded off the main thread; for smaller ones the hand-over costs more than the work. */
const GUNZIP_SYNC_MAX_BYTES = 64 * 1024;

/** Each piece off the main thread is one hand-over: the default of 16 KiB takes minutes for a large page on a busy machine. */
const GUNZIP_CHUNK_BYTES = 256 * 1024;
/** A body that was there in time may be a little late once it is expanded; a bomb is a lot later. */
const EXPANSION_GRACE_MS = 1_000;

/** Of an answer with an error status; beyond it the connection is dropped. */
const ERROR_BODY_MAX_BYTES = 64 * 1024;

const gunzipLater = promisify(gunzip);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HttpRequest {
  readonly url: URL;
  /** name, value, name, value, … */
  readonly headers: readonly string[];
  /** Sent to the first host only, not to where it redirects. */
  readonly credentials: readonly string[];
  readonly timeoutMs: number;
  /** What the timeout is called in messages. */
  readonly timeoutName: string;
  readonly bodyBytesMax: number;
  /** What the body limit is called in messages. */
  readonly bodyLimitName: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  /** Decompressed. */
  readonly body: Buffer;
  readonly contentType: string;
}

/** GET over kept-alive connections with a deadline, a body limit and one-sentence faults. Owns its sockets until close(). */
export class HttpClient {
  readonly #agent: Agent;
  readonly #deadlines: Deadlines;
  readonly #followRedirects: boolean;

  constructor(deadlines: Deadlines, config: Pick<HttpClientConfig, 'tls_config' | 'follow_redirects'>) {
    this.#deadlines = deadlines;
    this.#followRedirects = config.follow_redirects;
    this.#agent = new Agent({
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The request's deadline covers both.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(config.tls_config && { connect: tlsOptions(config.tls_config) }),
    });
  }

  /** Rejects with ScrapeFailure, or with the signal's reason. */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    let url = request.url;
    // One timeout for the whole way: a chain of slow redirects must not take it once per hop.
    const endMs = this.#deadlines.monotonicMs() + request.timeoutMs;
    for (let hops = 0; ; hops++) {
      const sameHost = url.host === request.url.host;
      const headers = sameHost ? request.headers.concat(request.credentials) : request.headers;
      const answer = await this.#once(request, url, headers, endMs - this.#deadlines.monotonicMs());
      if (answer.status === 200) {
        const body = await decompress(answer, request);
        if (this.#deadlines.monotonicMs() > endMs + EXPANSION_GRACE_MS) throw timedOut(request);
        return { body, contentType: answer.contentType };
      }
      const redirected = this.#followRedirects && REDIRECTS.has(answer.status) && answer.location !== '';
      if (!redirected)
        throw new ScrapeFailure(
          `server returned HTTP status ${answer.status}${answer.statusText === '' ? '' : ` ${answer.statusText}`}`,
        );
      if (hops === REDIRECTS_MAX)
        throw new ScrapeFailure(`stopped after ${REDIRECTS_MAX} redirects; the last one pointed to ${answer.location}`);
      if (!URL.canParse(answer.location, url.href))
        throw new ScrapeFailure(`redirected to "${answer.location}", which is not a URL`);
      url = new URL(answer.location, url);
      if (url.protocol !== 'http:' && url.protocol !== 'https:')
        throw new ScrapeFailure(`redirected to ${url.protocol}//, which is not HTTP`);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #once(request: HttpRequest, url: URL, headers: readonly string[], leftMs: number): Promise<RawAnswer> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      let controller: Dispatcher.DispatchController | undefined;
      let settled = false;
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answer = { status: 0, statusText: '', contentType: '', contentEncoding: '', location: '' };
      const finish = (): boolean => {
        if (settled) return false;
        settled = true;
        deadline.cancel();
        signal.removeEventListener('abort', onAbort);
        return true;
      };
      const fail = (error: unknown): void => {
        if (!finish()) return;
        reject(error);
        controller?.abort(error instanceof Error ? error : new ScrapeFailure(errorMessage(error)));
      };
      const onAbort = (): void => fail(signal.reason);
      const deadline = this.#deadlines.after(leftMs, () => fail(timedOut(request)));
      signal.addEventListener('abort', onAbort, { once: true });
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (started) => {
          controller = started;
          if (settled) started.abort(new ScrapeFailure('given up before the connection was there'));
        },
        onResponseStart: (_controller, status, received, statusText) => {
          answer.status = status;
          answer.statusText = statusText ?? '';
          answer.contentType = headerText(received['content-type']);
          answer.contentEncoding = headerText(received['content-encoding']);
          answer.location = headerText(received['location']);
        },
        onResponseData: (_controller, chunk) => {
          bytes += chunk.length;
          if (answer.status !== 200) {
            // The status is the news; an error page is read only to keep the connection.
            if (bytes <= ERROR_BODY_MAX_BYTES || !finish()) return;
            resolve({ ...answer, body: Buffer.alloc(0) });
            controller?.abort(new ScrapeFailure('error page not read to its end'));
          } else if (bytes > request.bodyBytesMax) fail(bodyTooLarge(request));
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          if (finish())
            resolve({ ...answer, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
        },
        onResponseError: (_controller, error) => fail(new ScrapeFailure(connectionFault(error, url), error)),
      };
      try {
        this.#agent.dispatch(
          { origin: url.origin, path: url.pathname + url.search, method: 'GET', headers: headers as string[] },
          handler,
        );
      } catch (error) {
        fail(new ScrapeFailure(`the request cannot be sent: ${errorMessage(error)}`, error));
      }
    });
  }
}

interface RawAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly location: string;
  readonly body: Buffer;
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
}

async function decompress(answer: RawAnswer, request: HttpRequest): Promise<Buffer> {
  const encoding = answer.contentEncoding.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return answer.body;
  if (encoding !== 'gzip')
    throw new ScrapeFailure(`answered with Content-Encoding "${encoding}", which was not asked for; only gzip is read`);
  const options = { maxOutputLength: request.bodyBytesMax, chunkSize: GUNZIP_CHUNK_BYTES };
  try {
    return answer.body.length <= GUNZIP_SYNC_MAX_BYTES
      ? gunzipSync(answer.body, options)
      : await gunzipLater(answer.body, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(request);
    throw new ScrapeFailure(`the gzip body is damaged: ${errorMessage(error)}`, error);
  }
}

function timedOut(request: HttpRequest): ScrapeFailure {
  return new ScrapeFailure(`no complete answer within ${formatDuration(request.timeoutMs)} (${request.timeoutName})`);
}

function bodyTooLarge(request: HttpRequest): ScrapeFailure {
  return new ScrapeFailure(`body exceeded ${formatBytes(request.bodyBytesMax)} (${request.bodyLimitName})`);
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}

function connectionFault(error: Error, url: URL): string {
  const fault = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const text = errorMessage(error);
  switch (fault.code) {
    case 'ECONNREFUSED':
      return `connection refused by ${url.host}; is the exporter running?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `no address found for host ${url.hostname}; check the name`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${url.host}; check the network`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return `no connection to ${url.host} in time; is a firewall in between?`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `${url.host} closed the connection before the answer was complete`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_HAS_EXPIRED':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the TLS certificate of ${url.host} is not trusted (${text}); set tls_config.ca_file or server_name`;
    case 'EPROTO':
      return `${url.host} does not speak TLS as expected (${text}); check scheme`;
    default:
      return fault.code?.startsWith('HPE_')
        ? `${url.host} does not answer in HTTP (${text})`
        : `request to ${url.host} failed: ${text}`;
  }
}

const TLS_VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** Reads the certificate files once: a changed file counts from the next reload. Throws CONFIG_UNREADABLE. */
function tlsOptions(tls: TlsConfig): buildConnector.BuildOptions {
  const ca = tls.ca ?? fileText(tls.ca_file, 'ca_file');
  const cert = tls.cert ?? fileText(tls.cert_file, 'cert_file');
  const key = tls.key?.reveal() ?? fileText(tls.key_file, 'key_file');
  return {
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.server_name !== undefined && { servername: tls.server_name }),
    ...(tls.min_version !== undefined && { minVersion: TLS_VERSIONS[tls.min_version] as SecureVersion }),
    ...(tls.max_version !== undefined && { maxVersion: TLS_VERSIONS[tls.max_version] as SecureVersion }),
  };
}

function fileText(file: string | undefined, key: string): string | undefined {
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `tls_config.${key}: ${errorMessage(error)}`, { cause: error });
  }
}
