import { Agent, type Dispatcher } from 'undici';
import type { Credentials } from '../camera/credentials.ts';
import type { ProbePhase } from '@vedette/wire/http';
import { Authorization, strongestChallenge } from '../rtsp/authentication.ts';
import { dialledConnector } from './dialled-connector.ts';
import { FollowingAbort } from '../following-abort.ts';
import { ProbeFault, oneLine } from './probe-fault.ts';
import type { StreamProbeDeps } from './stream-probe-deps.ts';

/** Redirects that one request follows. */
export const REDIRECTS_MAX = 5;
/** Challenges that one request answers: the first, and one for a nonce that had become stale. */
const CHALLENGES_ANSWERED_MAX = 2;
/** Of an answer, all headers together. */
const HEADERS_BYTES_MAX = 32 * 1_024;
/** Read of an answer whose body is not wanted, so that the connection can serve the next request. */
const DISCARDED_BYTES_MAX = 64 * 1_024;
const SERVER_CHARACTERS_MAX = 120;

export interface HttpRunOptions {
  /** Where the inventory says to go; credentials go to this host only, and never from https to http. */
  readonly url: URL;
  readonly credentials?: Credentials | undefined;
  readonly insecureTls?: boolean | undefined;
  /** Of everything; when it fires the probe ends as `timeout` or, once media came, with what it has. */
  readonly timeoutMs: number;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of this request alone, its body included; absent: the run's deadline only. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  /** After redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Must be read or destroyed. */
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * The HTTP of one probe: connections of its own, phases timed, redirects followed by policy, challenges answered, everything read is
 * counted, and one deadline over all of it.
 */
export class HttpRun {
  readonly startedAtMs: number;
  readonly phasesMs: Partial<Record<ProbePhase, number>> = {};
  /** Where the probe is now: the phase of a failure that does not know better. */
  phase: ProbePhase = 'connect';
  bytesRead = 0;
  remoteAddress: string | undefined;
  server: string | undefined;
  readonly signal: AbortSignal;

  readonly #deps: Required<StreamProbeDeps>;
  readonly #options: HttpRunOptions;
  readonly #agent: Agent;
  /** Answers the last challenge of the host that is trusted. */
  #authorization: Authorization | undefined;
  readonly #startMs: number;
  readonly #deadline: Disposable;
  readonly #stop: FollowingAbort;
  #timedOut = false;

  constructor(deps: Required<StreamProbeDeps>, options: HttpRunOptions, signal: AbortSignal) {
    this.#deps = deps;
    this.#options = options;
    this.startedAtMs = deps.clock.now();
    this.#startMs = deps.clock.monotonicMs();
    this.#stop = new FollowingAbort(signal);
    this.signal = this.#stop.signal;
    const connect = dialledConnector(deps, {
      home: options.url.hostname.replace(/^\[|\]$/g, ''),
      insecureTls: options.insecureTls ?? false,
      signal: this.signal,
      // The first connection tells; later ones of the same probe add to it only what was not there.
      onPhase: (phase, ms) => (this.phasesMs[phase] ??= ms),
      onConnected: (address) => (this.remoteAddress ??= address),
    });
    this.#agent = new Agent({
      connect,
      // The second one says goodbye (ONVIF) while the first still waits for an answer.
      connections: 2,
      pipelining: 1,
      maxOrigins: REDIRECTS_MAX + 3,
      maxHeaderSize: HEADERS_BYTES_MAX,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#deadline = deps.clock.after(options.timeoutMs, () => {
      this.#timedOut = !this.signal.aborted;
      this.#stop.abort(new ProbeFault('timeout', `${options.url.host} did not answer in ${options.timeoutMs} ms.`));
    });
  }

  get timedOut(): boolean {
    return this.#timedOut;
  }

  get elapsedMs(): number {
    return this.#deps.clock.monotonicMs() - this.#startMs;
  }

  /** Ends every connection of the probe. */
  async close(): Promise<void> {
    this.#deadline[Symbol.dispose]();
    this.#stop[Symbol.dispose]();
    this.#stop.abort(new ProbeFault('timeout', 'The probe is over.'));
    await this.#agent.destroy().catch(() => undefined);
  }

  /** Sends and follows. Rejects with a ProbeFault or with what the network says. */
  async request(url: URL, request: HttpRequest = {}): Promise<HttpAnswer> {
    let at = url;
    let challenges = 0;
    for (let redirects = 0; ;) {
      const answer = await this.#once(at, request);
      const { status } = answer;
      const { credentials } = this.#options;
      if (status === 401 && credentials !== undefined && this.#trusted(at) && challenges < CHALLENGES_ANSWERED_MAX) {
        challenges++;
        const challenge = strongestChallenge([answer.headers['www-authenticate'] ?? []].flat());
        const stale = challenge?.scheme === 'digest' && challenge.stale;
        if (challenge !== undefined && (challenges === 1 || stale)) {
          this.#authorization = new Authorization(challenge, credentials);
          await this.#discard(answer.body);
          continue;
        }
      }
      if (status >= 300 && status < 400 && status !== 304 && answer.headers['location'] !== undefined) {
        await this.#discard(answer.body);
        if (++redirects > REDIRECTS_MAX) {
          throw new ProbeFault('protocol', `${url.host} redirects without end (more than ${REDIRECTS_MAX} times).`);
        }
        if (request.method === 'POST' && status < 307) {
          throw new ProbeFault('protocol', `${at.host} redirects a message with ${status}, which would lose it.`);
        }
        at = namedUrl(String(answer.headers['location']), at);
        continue;
      }
      return answer;
    }
  }

  /** Throws the ProbeFault of a status that is not the stream; `what` names what was asked for. */
  expectSuccess(answer: HttpAnswer, what: string): void {
    const { status, url } = answer;
    if (status >= 200 && status < 300) return;
    if (status === 401 || status === 403) {
      throw this.#options.credentials === undefined
        ? new ProbeFault(
            'no_credentials',
            `${url.host} asks for credentials for the ${what}, and none are known (${status}).`,
          )
        : new ProbeFault('credentials', `${url.host} refused the credentials for the ${what} (${status}).`);
    }
    if (status === 404 || status === 410) {
      throw new ProbeFault('path', `There is no ${what} at ${oneLine(url.pathname, 120)} (${status}).`);
    }
    if (status === 453 || status === 503 || status === 429) {
      throw new ProbeFault('session_limit', `${url.host} has no free session (${status}).`);
    }
    if (status < 400) throw new ProbeFault('protocol', `${url.host} answered ${status} without saying where to go.`);
    throw new ProbeFault('server_error', `${url.host} answered ${status} instead of the ${what}.`);
  }

  /** Counts bytes of a body that a caller reads by itself. */
  count(bytes: number): void {
    this.bytesRead += bytes;
  }

  /** The whole body as text, at most `bytesMax` (else a ProbeFault 'protocol' that says so). */
  async text(answer: HttpAnswer, bytesMax: number, what: string): Promise<string> {
    return (await this.bytes(answer, bytesMax, what)).toString('utf8');
  }

  async bytes(answer: HttpAnswer, bytesMax: number, what: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      this.count(chunk.length);
      size += chunk.length;
      if (size > bytesMax) throw new ProbeFault('protocol', `The ${what} is larger than ${bytesMax} bytes.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** Frees an answer whose body is not wanted. */
  async discard(answer: HttpAnswer): Promise<void> {
    await this.#discard(answer.body);
  }

  async #discard(body: HttpAnswer['body']): Promise<void> {
    body.on('data', (chunk: Buffer) => this.count(chunk.length));
    await body.dump({ limit: DISCARDED_BYTES_MAX, signal: this.signal });
  }

  async #once(url: URL, request: HttpRequest): Promise<HttpAnswer> {
    const method = request.method ?? 'GET';
    const path = `${url.pathname}${url.search}`;
    const authorization = this.#trusted(url) ? this.#authorization?.header(method, path) : undefined;
    const own = request.timeoutMs === undefined ? undefined : new FollowingAbort(this.signal);
    const ownDeadline =
      request.timeoutMs === undefined
        ? undefined
        : this.#deps.clock.after(request.timeoutMs, () =>
            own?.abort(new ProbeFault('timeout', `${url.host} did not answer in ${request.timeoutMs} ms.`)),
          );
    const over = (): void => {
      ownDeadline?.[Symbol.dispose]();
      own?.[Symbol.dispose]();
    };
    try {
      const answer = await this.#agent.request({
        origin: url.origin,
        path,
        method,
        headers: {
          'user-agent': 'vedette-probe',
          accept: '*/*',
          ...request.headers,
          ...(authorization !== undefined && { authorization }),
        },
        body: request.body ?? null,
        signal: own?.signal ?? this.signal,
      });
      // Whoever lets go of a body early must not be told so by an error that nobody awaits.
      answer.body.on('error', () => undefined);
      answer.body.once('close', over);
      const server = answer.headers['server'];
      if (server !== undefined) this.server ??= oneLine(String(server), SERVER_CHARACTERS_MAX);
      return { url, status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      over();
      if (own?.signal.aborted) throw own.signal.reason;
      // undici wraps a signal's reason in an AbortError of its own.
      if (this.signal.aborted) throw this.signal.reason;
      throw error;
    }
  }

  #trusted(url: URL): boolean {
    const home = this.#options.url;
    return url.hostname === home.hostname && (home.protocol !== 'https:' || url.protocol === 'https:');
  }
}

/** An address that the server names, relative to where it was named; user and password in it are dropped. ProbeFault where it is no web address. */
export function namedUrl(text: string, base: URL): URL {
  const url = URL.canParse(text, base.href) ? new URL(text, base) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ProbeFault('protocol', `${base.host} names an address that is none for the web: ${oneLine(text, 80)}`);
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}
