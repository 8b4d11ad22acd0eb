import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that answers JSON by path: what stands in `answers` at that moment. A number is a status without a body. */
export class JsonServer {
  readonly answers: Record<string, unknown>;
  readonly asked: string[] = [];
  readonly authorization: (string | undefined)[] = [];
  readonly #server = createServer((request, response) => {
    this.#take(request);
    const answer = this.answers[(request.url ?? '').split('?')[0] ?? ''] ?? 404;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else if (typeof answer === 'string') response.writeHead(200, { 'content-type': 'text/html' }).end(answer);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });

  constructor(answers: Record<string, unknown>) {
    this.answers = answers;
  }

  static async open(answers: Record<string, unknown>): Promise<JsonServer> {
    const server = new JsonServer(answers);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #take(request: IncomingMessage): void {
    this.asked.push(request.url ?? '');
    this.authorization.push(request.headers.authorization);
  }
}
