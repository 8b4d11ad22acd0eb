import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer =
  | string
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** An HTTP server on loopback that answers by path (without the query); the rest is 404. */
export class AnsweringServer {
  readonly #server: Server;
  readonly answers = new Map<string, Answer>();
  /** Paths with their queries, in the order in which they were asked for. */
  readonly asked: string[] = [];
  readonly authorizations: (string | undefined)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<AnsweringServer> {
    const one = new AnsweringServer();
    await new Promise<void>((resolve) => one.#server.listen(0, '127.0.0.1', resolve));
    return one;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  json(path: string, value: unknown): void {
    this.answers.set(path, JSON.stringify(value));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    this.asked.push(url);
    this.authorizations.push(request.headers.authorization);
    const answer = this.answers.get(url) ?? this.answers.get(url.split('?', 1)[0] ?? '');
    if (typeof answer === 'function') return answer(request, response);
    if (typeof answer === 'string') return void response.end(answer);
    response.writeHead(answer?.status ?? 404, answer?.headers);
    return void response.end(answer?.body ?? '');
  }
}

/** The lines of a page that begin with one of these names, comments left out. */
export function linesOf(page: string, ...names: readonly string[]): readonly string[] {
  return page
    .split('\n')
    .filter((line) => names.some((name) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)));
}
