import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProgressReceipt, ProgressReceiver } from './progress-receiver.ts';

export interface ProgressServerOptions {
  readonly receiver: ProgressReceiver;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /**
   * Asked at each request; undefined: nobody has to prove anything, which only a loopback address allows. ffmpeg proves itself with
   * `http://any:TOKEN@host/…`, others with a bearer token.
   */
  readonly token?: () => string | undefined;
}

const PATH = /^\/ffmpeg\/([^/?#]{1,768})$/;
const HEADERS_TIMEOUT_MS = 10_000;
const HEADER_BYTES_MAX = 8_192;
const CONNECTIONS_MAX = 1_100;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/**
 * Where `ffmpeg -progress http://…/ffmpeg/<camera id>` posts to. A listener of its own: such a request lasts as long as ffmpeg runs, which
 * no ordinary web server allows. `start` throws RangeError for an address beyond loopback without a token.
 */
export class ProgressServer {
  readonly #options: ProgressServerOptions;
  readonly #server: Server;

  constructor(options: ProgressServerOptions) {
    this.#options = options;
    this.#server = createServer(
      { requestTimeout: 0, headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: HEADER_BYTES_MAX },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Once started. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    const { host, port, token } = this.#options;
    if (!LOOPBACK.test(host) && token === undefined)
      throw new RangeError(`ffmpeg's progress may be sent to ${host} by anybody; set a token, or listen on 127.0.0.1`);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever breaks off is told nothing more; the receiver notices by itself.
    response.on('error', () => undefined);
    const cameraId = decoded(PATH.exec(request.url ?? '')?.[1]);
    if (request.method !== 'POST' && request.method !== 'PUT') return refuse(response, 405, 'post progress here');
    if (cameraId === undefined) return refuse(response, 404, 'post to /ffmpeg/<camera id>');
    if (!this.#proven(request)) {
      response.setHeader('www-authenticate', 'Basic realm="ffmpeg progress"');
      return refuse(response, 401, 'a token is needed: http://any:TOKEN@host/ffmpeg/<camera id>');
    }
    const receipt = await this.#options.receiver.receive(cameraId, request).catch(() => undefined);
    if (!receipt) return void response.destroy();
    if (receipt.accepted && receipt.end === 'ended') return void response.writeHead(204).end();
    return refuse(response, ...refusal(receipt));
  }

  #proven(request: IncomingMessage): boolean {
    const { token } = this.#options;
    if (token === undefined) return true;
    const expected = token();
    const [scheme = '', told = ''] = (request.headers.authorization ?? '').split(' ', 2);
    if (expected === undefined || expected === '') return false;
    if (scheme.toLowerCase() === 'bearer') return isSame(told, expected);
    if (scheme.toLowerCase() !== 'basic') return false;
    const pair = Buffer.from(told, 'base64').toString('utf8');
    return isSame(pair.slice(pair.indexOf(':') + 1), expected);
  }
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** In a time that tells nothing about the secret. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

function refusal(receipt: ProgressReceipt): [status: number, message: string] {
  if (!receipt.accepted)
    return receipt.reason === 'unknown_camera'
      ? [404, 'no camera has this id']
      : [503, 'too many streams of progress; end some'];
  return receipt.end === 'too_much' ? [413, 'more than ffmpeg ever writes'] : [409, `ended: ${receipt.end}`];
}

/** The rest of the request is not waited for. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${message}\n`);
  response.once('finish', () => response.req.destroy());
}
