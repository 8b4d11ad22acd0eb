import { lookup } from 'node:dns';
import { type LookupFunction, isIP } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import type { Credentials } from '../camera/credentials.ts';
import type { Clock } from '../clock.ts';
import { FollowingAbort } from '../following-abort.ts';
import type { AddressPolicy } from '../network/address-policy.ts';
import { SourceFault, type SourceFaultReason } from './source-fault.ts';

const TIMEOUT_DEFAULT_MS = 5_000;
/** A server of a thousand cameras answers with about two megabytes. */
const ANSWER_BYTES_DEFAULT = 16 * 1_024 * 1_024;
const HEADER_BYTES_MAX = 16_384;
const CONNECTIONS_MAX = 4;

/** Where a server answers and how to prove who asks. */
export interface HttpSourceOptions {
  /** Absolute, http or https, without user and password; paths are added to its path. */
  readonly url: string;
  /** Asked before each request, so that a changed secret counts at once; Basic. */
  readonly credentials?: () => Credentials | undefined;
  /** Asked before each request; takes precedence over `credentials`. */
  readonly bearerToken?: () => string | undefined;
  readonly insecureTls?: boolean;
  /** Of one request, connecting included. */
  readonly timeoutMs?: number;
  readonly answerBytesMax?: number;
  readonly addressPolicy?: AddressPolicy;
  /** Of one part of a reading, all its requests together; PART_LIMIT_DEFAULT_MS unless set. */
  readonly limitMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** GET from one server: no redirects, no compression, everything bounded, faults classified. */
export class HttpSource {
  readonly #base: URL;
  readonly #options: HttpSourceOptions;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;

  /** Throws RangeError for an address that no request may be made to. */
  constructor(options: HttpSourceOptions, clock: Clock) {
    this.#base = sourceUrl(options.url);
    this.#options = options;
    this.#clock = clock;
    this.#dispatcher = new Agent({
      connections: CONNECTIONS_MAX,
      maxHeaderSize: HEADER_BYTES_MAX,
      connect: {
        rejectUnauthorized: options.insecureTls !== true,
        ...(options.addressPolicy ? { lookup: policedLookup(options.addressPolicy) } : {}),
      },
    });
  }

  /** Host and port, for messages and labels. */
  get place(): string {
    return this.#base.host;
  }

  /** The body of a 2xx answer. Rejects with SourceFault. */
  async get(path: string, signal: AbortSignal): Promise<Buffer> {
    const { status, body } = await this.ask(path, signal);
    if (status >= 200 && status < 300) return body;
    throw new SourceFault(statusReason(status), `${this.place}${pathOf(path)}: answered with status ${status}`);
  }

  /** Any answer. Rejects with SourceFault when none came in time or within the bounds. */
  async ask(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const timeoutMs = this.#options.timeoutMs ?? TIMEOUT_DEFAULT_MS;
    let late = false;
    using stop = new FollowingAbort(signal);
    using _alarm = this.#clock.after(timeoutMs, () => {
      late = true;
      stop.abort(undefined);
    });
    const where = `${this.place}${pathOf(path)}`;
    try {
      this.#checkLiteral();
      const answer = await request(new URL(this.#base.pathname.replace(/\/$/, '') + path, this.#base), {
        dispatcher: this.#dispatcher,
        signal: stop.signal,
        headers: { 'accept-encoding': 'identity', 'user-agent': 'vedette', ...this.#authorization() },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      return { status: answer.statusCode, body: await this.#body(answer, where) };
    } catch (error) {
      signal.throwIfAborted();
      if (late) throw new SourceFault('timeout', `${where}: no answer within ${timeoutMs} ms`);
      throw faultOf(error, where);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #body(answer: Dispatcher.ResponseData, where: string): Promise<Buffer> {
    const bytesMax = this.#options.answerBytesMax ?? ANSWER_BYTES_DEFAULT;
    const encoding = answer.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      // Destroying it is an error to the client, which nobody else would hear.
      answer.body.on('error', () => undefined).destroy();
      throw new SourceFault('protocol', `${where}: compressed although no compression was asked for`);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new SourceFault('too_large', `${where}: the answer is larger than ${bytesMax} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #authorization(): Readonly<Record<string, string>> {
    const token = this.#options.bearerToken?.();
    if (token !== undefined) return { authorization: `Bearer ${token}` };
    const credentials = this.#options.credentials?.();
    if (!credentials) return {};
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64');
    return { authorization: `Basic ${pair}` };
  }

  /** No name is looked up for an address, so the policy is asked here. */
  #checkLiteral(): void {
    const host = this.#base.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && this.#options.addressPolicy?.allows(host) === false) throw refused(host);
  }
}

function sourceUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new RangeError('the address of a server must begin with http:// or https://');
  if (url.username !== '' || url.password !== '')
    throw new RangeError(`the address of ${url.host} holds a user or a password: name them by reference instead`);
  return url;
}

/** Without the query: it may hold what nobody else should read. */
function pathOf(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

function policedLookup(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 4);
      const allowed = addresses.filter(({ address }) => policy.allows(address));
      const first = allowed[0];
      if (!first) return callback(refused(hostname), '', 4);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(host: string): SourceFault {
  return new SourceFault('policy', `${host}: outside the allowed networks`);
}

export function statusReason(status: number): SourceFaultReason {
  if (status === 401 || status === 403) return 'credentials';
  if (status === 404 || status === 410) return 'path';
  if (status >= 500) return 'server_error';
  return 'protocol';
}

const REASONS: Readonly<Record<string, SourceFaultReason>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'stalled',
  UND_ERR_SOCKET: 'stalled',
};

/** What the system or the client says about a request, in a word and a sentence. */
function faultOf(error: unknown, where: string): SourceFault {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SourceFault) return cause;
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    const reason = REASONS[code] ?? (/CERT|TLS|SSL|SELF_SIGNED/.test(code) ? 'tls' : undefined);
    if (reason !== undefined) return new SourceFault(reason, `${where}: ${code}`);
  }
  return new SourceFault('protocol', `${where}: ${error instanceof Error ? error.name : 'no reason given'}`);
}
