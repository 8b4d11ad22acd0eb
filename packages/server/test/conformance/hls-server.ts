import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import { type Server as PlainServer, type Socket, createServer as createPlainServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ProbeTarget } from '@vedette/agent';

/** Servers of one test file; `closeAll` ends them with their connections. */
export class TestServers {
  readonly #servers: (Server | PlainServer)[] = [];
  readonly #sockets = new Set<Socket>();

  async http(listener: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.#listen(createServer(listener))}`;
  }

  /** Bytes as they are. */
  async plain(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createPlainServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    return `http://127.0.0.1:${await this.#listen(server)}`;
  }

  async closeAll(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers.splice(0)) server.close();
  }

  async #listen(server: Server | PlainServer): Promise<number> {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    return (server.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }
}

export type Route = (request: IncomingMessage, response: ServerResponse) => void;

export const routes =
  (table: Readonly<Record<string, Route | string | Buffer>>): RequestListener =>
  (request, response) => {
    const route = table[(request.url ?? '').split('?')[0] ?? ''];
    if (route === undefined) response.writeHead(404).end();
    else if (typeof route === 'function') route(request, response);
    else response.end(route);
  };

/** Writes for ever, as fast as it is read, or once in `everyMs`. */
export const endless =
  (chunk: string | Buffer, everyMs = 0): Route =>
  (_, response) => {
    const write = (): void => {
      if (response.destroyed) return;
      if (everyMs > 0) {
        response.write(chunk);
        setTimeout(write, everyMs).unref();
      } else if (response.write(chunk)) setImmediate(write);
      else response.once('drain', write);
    };
    write();
  };

export const redirect =
  (to: string): Route =>
  (_, response) =>
    void response.writeHead(302, { location: to }).end();

export const probeTarget = (url: string, parts: Partial<ProbeTarget> = {}): ProbeTarget => ({
  cameraId: 'cam-1',
  url,
  mode: 'cheap',
  timeoutMs: 2_000,
  windowMs: 1_000,
  bytesMax: 4_000_000,
  ...parts,
});
