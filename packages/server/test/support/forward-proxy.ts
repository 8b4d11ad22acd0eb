/** Proxies for tests: they record what they were asked and connect everything to where they are told. */
import { type IncomingHttpHeaders, createServer as createHttpServer, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, type Server, type Socket, connect, createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificates.ts';

export interface RecordingProxy {
  /** host:port */
  readonly address: string;
  /** `GET http://…`, `CONNECT host:port` or `SOCKS host:port`. */
  readonly asked: string[];
  readonly headers: IncomingHttpHeaders[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Where every name leads, whatever it is; default: where it says. */
  readonly leadTo?: string;
  readonly tls?: Certificate;
  /** `user:password`; anything else gets 407. */
  readonly credentials?: string;
}

export async function httpProxy({ leadTo, tls, credentials }: ProxyOptions = {}): Promise<RecordingProxy> {
  const asked: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = tls === undefined ? createHttpServer() : createHttpsServer({ cert: tls.cert, key: tls.key });
  server.on('request', (incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    headers.push(incoming.headers);
    if (expected !== undefined && incoming.headers['proxy-authorization'] !== expected) {
      response.writeHead(407).end();
      return;
    }
    const target = new URL(incoming.url ?? '');
    const [host = '', port = '80'] = (leadTo ?? `${target.hostname}:${target.port || '80'}`).split(':');
    const { 'proxy-authorization': _, ...passedOn } = incoming.headers;
    const onward = request(
      { host, port, method: incoming.method, path: target.pathname + target.search, headers: passedOn },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, client: Duplex) => {
    asked.push(`CONNECT ${incoming.url}`);
    headers.push(incoming.headers);
    if (expected !== undefined && incoming.headers['proxy-authorization'] !== expected) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    join(client, leadTo ?? incoming.url ?? '', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
  });
  return listen(server, asked, headers);
}

/** SOCKS 5 with names and IPv4 addresses. */
export async function socksProxy({ leadTo, credentials }: ProxyOptions = {}): Promise<RecordingProxy> {
  const asked: string[] = [];
  const server = createTcpServer((client) => {
    let state: 'method' | 'authentication' | 'request' = 'method';
    client.on('error', () => client.destroy());
    const onData = (bytes: Buffer): void => {
      if (state === 'method') {
        state = credentials === undefined ? 'request' : 'authentication';
        client.write(Buffer.from([5, credentials === undefined ? 0 : 2]));
      } else if (state === 'authentication') {
        const user = bytes.subarray(2, 2 + (bytes[1] ?? 0)).toString();
        const password = bytes.subarray(3 + user.length).toString();
        state = 'request';
        client.write(Buffer.from([1, `${user}:${password}` === credentials ? 0 : 1]));
      } else {
        client.off('data', onData);
        const isName = bytes[3] === 3;
        const end = isName ? 5 + (bytes[4] ?? 0) : 8;
        const host = isName ? bytes.subarray(5, end).toString() : [...bytes.subarray(4, 8)].join('.');
        const target = `${host}:${bytes.readUInt16BE(end)}`;
        asked.push(`SOCKS ${target}`);
        join(client, leadTo ?? target, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      }
    };
    client.on('data', onData);
  });
  return listen(server, asked, []);
}

function join(client: Duplex, target: string, connected: () => void): void {
  const [host = '', port = ''] = target.split(':');
  const onward = connect(Number(port), host, () => {
    connected();
    client.pipe(onward).pipe(client);
  });
  onward.on('error', () => client.destroy());
  client.on('error', () => onward.destroy());
}

async function listen(server: Server, asked: string[], headers: IncomingHttpHeaders[]): Promise<RecordingProxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    headers,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
