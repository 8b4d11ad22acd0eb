import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A target whose page a test can change, stop and start again at the same port. */
export interface MetricsTarget {
  readonly address: string;
  page: string;
  status: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMetricsTarget(page: string): Promise<MetricsTarget> {
  let server: Server | undefined;
  let port = 0;
  const target: MetricsTarget = {
    get address() {
      return `127.0.0.1:${port}`;
    },
    page,
    status: 200,
    start: async () => {
      const next = createServer((_request, response) => {
        response.writeHead(target.status, { 'content-type': 'text/plain; version=0.0.4' });
        response.end(target.page);
      });
      await new Promise<void>((done) => {
        next.listen(port, '127.0.0.1', () => done());
      });
      ({ port } = next.address() as AddressInfo);
      server = next;
    },
    stop: async () => {
      server?.closeAllConnections();
      await new Promise<void>((done) => {
        if (server) server.close(() => done());
        else done();
      });
      server = undefined;
    },
  };
  await target.start();
  return target;
}
