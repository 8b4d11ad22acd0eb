import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerText } from './answers.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse, path: string) => void | Promise<void>;

export interface HttpListener {
  readonly port: number;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 4_096;

/** One HTTP port. Port 0: the system chooses. Rejects when the port is taken. */
export async function listenHttp(host: string, port: number, handler: HttpHandler): Promise<HttpListener> {
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    // Clients go away in the middle of endless streams; `close` of the response ends what it holds.
    response.on('error', () => undefined);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    Promise.resolve()
      .then(() => handler(request, response, path))
      .catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else answerText(response, 500, error instanceof Error ? error.message : String(error));
      });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
