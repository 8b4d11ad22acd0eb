import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; a header that came twice is joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bytes: number;
  /** Parses the body; throws when it is no JSON. */
  json<Body = Readonly<Record<string, unknown>>>(): Body;
  /** The body of a form. */
  form(): URLSearchParams;
}

/** How the server answers one request. */
export interface ReceiverAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `ok`. An object is sent as JSON. A function hears of the request: servers repeat what they were told. */
  readonly body?: string | object | ((request: ReceivedRequest) => string);
  /** Before the first byte. */
  readonly delayMs?: number;
  /** Takes the request and never answers. */
  readonly hang?: boolean;
  /** Closes the connection instead of answering. */
  readonly drop?: boolean;
  /** Sends the body one byte at a time, this long apart. */
  readonly dripMs?: number;
  /** Goes on sending after `body` until the other side hangs up. */
  readonly endless?: boolean;
}

export interface ReceiverServerOptions {
  /** Answers each request; takes the place of `answers` and `answer`. */
  readonly respond?: (request: ReceivedRequest) => ReceiverAnswer;
  /** Looks at each request: what it finds wrong (a signature, a header, a size, a format) is answered with 400 and these words. */
  readonly check?: (request: ReceivedRequest) => string | undefined;
  /** Larger bodies are answered with 413. */
  readonly bodyBytesMax?: number;
  /** PEM; the server speaks TLS then. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string; readonly requestCert?: boolean };
}

/**
 * A real HTTP server in the place of a receiver's. Answers as `answers` says, one after the other, and as `answer` once those are
 * used up; keeps every request, and complains about those that its service would complain about.
 */
export class ReceiverServer {
  readonly requests: ReceivedRequest[] = [];
  /** What was wrong with requests. */
  readonly complaints: string[] = [];
  /** Used up one by one. */
  answers: ReceiverAnswer[] = [];
  answer: ReceiverAnswer = {};
  readonly #server: Server;
  readonly #options: ReceiverServerOptions;

  private constructor(options: ReceiverServerOptions) {
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response).catch(() => response.destroy());
    };
    this.#server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(options: ReceiverServerOptions = {}): Promise<ReceiverServer> {
    const server = new ReceiverServer(options);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://${this.host}`;
  }

  get last(): ReceivedRequest {
    const last = this.requests.at(-1);
    if (!last) throw new Error('the receiver was not asked');
    return last;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await receive(request);
    this.requests.push(received);
    const complaint = this.#complaintAbout(received);
    if (complaint) {
      this.complaints.push(complaint.words);
      response.writeHead(complaint.status, { 'content-type': 'text/plain' }).end(complaint.words);
      return;
    }
    const answer = this.#options.respond?.(received) ?? this.answers.shift() ?? this.answer;
    await respond(response, answer, received);
  }

  #complaintAbout(request: ReceivedRequest): { readonly status: number; readonly words: string } | undefined {
    const { bodyBytesMax = Infinity, check } = this.#options;
    if (request.bytes > bodyBytesMax)
      return { status: 413, words: `a body of ${request.bytes} bytes, at most ${bodyBytesMax} are taken` };
    const words = check?.(request);
    return words === undefined ? undefined : { status: 400, words };
  }
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const body = bytes.toString('utf8');
  const target = request.url ?? '/';
  const url = new URL(target, 'http://receiver');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return {
    method: request.method ?? '',
    target,
    path: url.pathname,
    query: url.searchParams,
    headers,
    body,
    bytes: bytes.length,
    json: <Body>() => JSON.parse(body) as Body,
    form: () => new URLSearchParams(body),
  };
}

async function respond(response: ServerResponse, answer: ReceiverAnswer, request: ReceivedRequest): Promise<void> {
  if (answer.hang) return;
  if (answer.delayMs) await sleep(answer.delayMs);
  if (answer.drop) {
    response.destroy();
    return;
  }
  const { body = 'ok' } = answer;
  const isJson = typeof body === 'object';
  const text = typeof body === 'function' ? body(request) : isJson ? JSON.stringify(body) : body;
  response.writeHead(answer.status ?? 200, {
    'content-type': isJson ? 'application/json' : 'text/plain',
    ...answer.headers,
  });
  if (answer.dripMs !== undefined) {
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.of(byte));
      await sleep(answer.dripMs);
    }
  } else {
    response.write(text);
  }
  while (answer.endless && !response.destroyed) {
    if (!response.write('x'.repeat(10_000))) await sleep(1);
  }
  response.end();
}
