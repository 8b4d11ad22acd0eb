import type { Socket } from 'node:net';
import type { Credentials } from '../camera/credentials.ts';
import type { Clock } from '../clock.ts';
import { type DialDeps, type DialPhase, type Endpoint, dial } from '../network/dial.ts';
import { Authorization, strongestChallenge } from './authentication.ts';
import { CHALLENGES_MAX, OPEN_BODY_MS, SERVER_REQUESTS_MAX, STRAY_ANSWERS_MAX } from './limits.ts';
import { MessageReader, type RtspMessage } from './message-reader.ts';
import { ProbeError } from './probe-error.ts';
import { statusFailure } from './status-failure.ts';

/** Message of the error with which a connection ends that the camera closed. */
export const CLOSED = 'The camera closed the connection.';
const WITHHELD =
  'The camera redirects to another host, or out of TLS, which wants credentials: they are not carried along (401).';
const USER_AGENT = 'Vedette';
/** Bytes read after which a connection that should only wait for the answer to TEARDOWN is closed. */
const DRAIN_BYTES_MAX = 1_048_576;

interface Pending {
  readonly resolve: (answer: RtspMessage) => void;
  readonly reject: (error: unknown) => void;
}

export interface ClientDeps extends DialDeps {
  readonly clock: Clock;
}

export interface ClientOptions {
  /** Absent: a challenge fails the request. */
  readonly credentials: Credentials | undefined;
  /** There are credentials, and this server is not to have them: a redirect led here. */
  readonly withheld: boolean;
  /** Interleaved packets; the bytes are valid during the call only. */
  readonly onPacket: (channel: number, payload: Uint8Array) => void;
  /** Called once when the connection ends or breaks, whoever waits. */
  readonly onEnd: (error: ProbeError) => void;
  /** Bytes after which the connection is given up while an answer is waited for. */
  readonly bytesBeforeAnswerMax: number;
}

/** One RTSP 1.0 connection (RFC 2326): requests with their answers, authentication, and interleaved packets on the way. */
export class RtspClient {
  readonly #deps: ClientDeps;
  readonly #options: ClientOptions;
  readonly #reader: MessageReader;
  readonly #pending = new Map<number, Pending>();
  #socket: Socket | undefined;
  #ip = '';
  #port = 0;
  #cseq = 0;
  #authorization: Authorization | undefined;
  #challengesAnswered = 0;
  #serverRequests = 0;
  #strayAnswers = 0;
  #bytesRead = 0;
  #bytesAtRequest = 0;
  #chunkAtMs = 0;
  #ended: ProbeError | undefined;
  #interruptedBy: unknown;
  #closing = false;
  #openBody: Disposable | undefined;
  #server: string | undefined;

  constructor(deps: ClientDeps, options: ClientOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#reader = new MessageReader({
      onMessage: (message) => this.#takeMessage(message),
      onPacket: (channel, payload) => {
        if (!this.#closing) options.onPacket(channel, payload);
      },
    });
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }
  /** Monotonic time at which the chunk that is being read arrived. */
  get chunkAtMs(): number {
    return this.#chunkAtMs;
  }
  /** The literal address; empty before it is connected. */
  get ip(): string {
    return this.#ip;
  }
  /** Address and port, as in a URL. */
  get remoteAddress(): string {
    return `${this.#ip.includes(':') ? `[${this.#ip}]` : this.#ip}:${this.#port}`;
  }
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }
  /** Why the connection ended, if it did. */
  get endedBy(): ProbeError | undefined {
    return this.#ended;
  }
  /** `Server` header of any answer. */
  get server(): string | undefined {
    return this.#server;
  }
  get resyncs(): number {
    return this.#reader.resyncs;
  }
  /** What is half read; for the message of a time-out. */
  get waitingFor(): MessageReader['waitingFor'] {
    return this.#reader.waitingFor;
  }
  get bodyBytesMissing(): number {
    return this.#reader.bodyBytesMissing;
  }

  async connect(endpoint: Endpoint, signal: AbortSignal, onPhase: (phase: DialPhase) => void): Promise<void> {
    const { socket, ip } = await dial(endpoint, this.#deps, { signal, onPhase, onData: (chunk) => this.#read(chunk) });
    this.#socket = socket;
    this.#ip = ip;
    this.#port = endpoint.port;
    const onClosed = (): void => {
      // A description without a length ends, at the latest, with the connection.
      if (this.#reader.isBodyOpen) this.#guard(() => this.#reader.endOpenBody());
      this.#end(new ProbeError('protocol', CLOSED));
      socket.destroy();
    };
    socket.on('end', onClosed);
    socket.on('close', onClosed);
    if (socket.destroyed) onClosed();
  }

  /**
   * Sends a request and waits for its final answer, answering challenges on the way. Rejects with a ProbeError for 401 and when the
   * connection ends; other statuses are the caller's to judge.
   */
  async request(method: string, url: string, headers: readonly string[] = []): Promise<RtspMessage> {
    // A challenge answered in this very request; a second one means that the credentials are wrong, unless the nonce was stale.
    let answered = false;
    let staleAnswered = false;
    for (;;) {
      const answer = await this.#exchange(method, url, headers);
      if (answer.status !== 401) return answer;
      const challenge = strongestChallenge(answer.headers.get('www-authenticate') ?? []);
      const { credentials, withheld } = this.#options;
      if (withheld) throw new ProbeError('credentials', WITHHELD);
      if (!credentials || this.#challengesAnswered >= CHALLENGES_MAX)
        throw statusFailure(method, answer, credentials !== undefined);
      if (!challenge)
        throw new ProbeError('credentials', 'The camera wants a kind of authentication that is not known here (401).');
      const stale = challenge.scheme === 'digest' && challenge.stale && !staleAnswered;
      if (answered && !stale) throw statusFailure(method, answer, true);
      if (answered) staleAnswered = true;
      // Basic is always the same: what was refused once is refused again.
      if (challenge.scheme === 'basic' && this.#authorization?.challenge.scheme === 'basic')
        throw statusFailure(method, answer, true);
      answered = true;
      this.#challengesAnswered++;
      this.#authorization = new Authorization(challenge, credentials);
    }
  }

  /** Fails whoever waits for an answer, and who asks later; the connection stays, for a TEARDOWN. */
  interrupt(error: unknown): void {
    this.#interruptedBy ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  /** Says TEARDOWN, waits at most waitMs for the answer, and closes. Never rejects. */
  async teardown(url: string, session: string, waitMs: number): Promise<void> {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    this.#closing = true;
    this.#bytesAtRequest = this.#bytesRead;
    await new Promise<void>((resolve) => {
      const timer = this.#deps.clock.after(waitMs, resolve);
      const done = (): void => {
        timer[Symbol.dispose]();
        resolve();
      };
      socket.once('close', done);
      if (this.#ended) {
        // What the camera sends can no longer be read, but it can be told that we go.
        socket.end(this.#head('TEARDOWN', url, [`Session: ${session}`]));
        return;
      }
      this.request('TEARDOWN', url, [`Session: ${session}`])
        // A refused TEARDOWN and a connection that broke are both the end of the session: there is nobody left to tell.
        .then(done, done);
    });
    this.close();
  }

  close(): void {
    this.#closing = true;
    this.#openBody?.[Symbol.dispose]();
    if (this.#pending.size > 0) this.interrupt(new ProbeError('protocol', CLOSED));
    this.#socket?.destroy();
  }

  #exchange(method: string, url: string, headers: readonly string[]): Promise<RtspMessage> {
    const socket = this.#socket;
    if (!socket || socket.destroyed || this.#ended)
      return Promise.reject(this.#ended ?? new ProbeError('protocol', CLOSED));
    if (this.#interruptedBy !== undefined && !this.#closing) return Promise.reject(this.#interruptedBy);
    this.#bytesAtRequest = this.#bytesRead;
    const head = this.#head(method, url, headers);
    return new Promise((resolve, reject) => {
      this.#pending.set(this.#cseq, { resolve, reject });
      socket.write(head);
    });
  }

  #head(method: string, url: string, headers: readonly string[]): string {
    const lines = [`${method} ${url} RTSP/1.0`, `CSeq: ${++this.#cseq}`, ...headers];
    if (this.#authorization) lines.push(`Authorization: ${this.#authorization.header(method, url)}`);
    lines.push(`User-Agent: ${USER_AGENT}`, '', '');
    return lines.join('\r\n');
  }

  #read(chunk: Uint8Array): void {
    this.#bytesRead += chunk.length;
    this.#chunkAtMs = this.#deps.clock.monotonicMs();
    const unanswered = this.#bytesRead - this.#bytesAtRequest;
    if (this.#closing && unanswered > DRAIN_BYTES_MAX) this.#socket?.destroy();
    if (this.#ended || this.#socket?.destroyed) return;
    this.#guard(() => {
      if (this.#pending.size > 0 && !this.#closing && unanswered > this.#options.bytesBeforeAnswerMax) {
        throw new ProbeError('protocol', `The camera sent ${unanswered} bytes and no answer.`);
      }
      this.#reader.push(chunk);
    });
    if (this.#reader.isBodyOpen) {
      this.#openBody?.[Symbol.dispose]();
      this.#openBody = this.#deps.clock.after(OPEN_BODY_MS, () => this.#guard(() => this.#reader.endOpenBody()));
    }
  }

  /** What the reader refuses ends the conversation, not the process; the connection stays for a TEARDOWN. */
  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ProbeError)) throw error;
      this.#end(error);
    }
  }

  #takeMessage(message: RtspMessage): void {
    this.#server ??= message.headers.get('server')?.[0]?.slice(0, 120);
    if (message.status === 0) {
      this.#answerServer(message);
      return;
    }
    // Provisional: the final answer follows.
    if (message.status < 200) return;
    const text = message.headers.get('cseq')?.[0] ?? '';
    const cseq = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    const oldest = this.#pending.keys().next().value;
    // Without a number, or with one that was never sent, it can only be the answer that is waited for.
    const key = cseq !== undefined && cseq >= 1 && cseq <= this.#cseq ? cseq : oldest;
    const pending = key === undefined ? undefined : this.#pending.get(key);
    if (key === undefined || !pending) {
      this.#strayAnswers++;
      if (this.#strayAnswers > STRAY_ANSWERS_MAX)
        throw new ProbeError('protocol', 'The camera sends answers to questions that nobody asked.');
      return;
    }
    this.#pending.delete(key);
    pending.resolve(message);
  }

  /** Some cameras ask whether we are still there; others announce what we do not follow. */
  #answerServer(request: RtspMessage): void {
    this.#serverRequests++;
    if (this.#serverRequests > SERVER_REQUESTS_MAX)
      throw new ProbeError('protocol', 'The camera sends requests without end.');
    const cseq = request.headers.get('cseq')?.[0] ?? '';
    if (!/^\d{1,9}$/.test(cseq)) return;
    const known =
      request.phrase === 'OPTIONS' || request.phrase === 'GET_PARAMETER' || request.phrase === 'SET_PARAMETER';
    this.#socket?.write(`RTSP/1.0 ${known ? '200 OK' : '501 Not Implemented'}\r\nCSeq: ${cseq}\r\n\r\n`, 'latin1');
  }

  #end(error: ProbeError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.interrupt(error);
    if (!this.#closing) this.#options.onEnd(error);
  }
}
