import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HANG_MS } from '../support/alerting-house.ts';
import { type Heard, heardBody } from './scenario.ts';

export interface HookServer {
  /** With a slash at the end; receivers are paths below. */
  readonly url: string;
  readonly heard: readonly Heard[];
  readonly answers: Map<string, number | 'hang'>;
  /** From now on times count. */
  begin(): void;
  close(): void;
}

/** Real receivers on one port: they note what they take, and answer as they are told. */
export async function startHookServer(): Promise<HookServer> {
  const heard: Heard[] = [];
  const answers = new Map<string, number | 'hang'>();
  let startMs = performance.now();
  const server: Server = createServer((request, response) => {
    const receiver = (request.url ?? '/').slice(1);
    const answer = answers.get(receiver) ?? 200;
    void readBody(request).then((text) => {
      if (answer === 'hang') {
        setTimeout(() => request.socket.destroy(), HANG_MS);
        return;
      }
      if (answer === 200)
        heard.push({ atS: (performance.now() - startMs) / 1_000, receiver, body: heardBody(JSON.parse(text)) });
      response.statusCode = answer;
      response.end();
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', () => done());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    answers,
    begin: () => {
      startMs = performance.now();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
