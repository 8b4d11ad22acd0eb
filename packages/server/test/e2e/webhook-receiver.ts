import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookMessage {
  readonly receivedAtMs: number;
  readonly version: string;
  readonly groupKey: string;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly fingerprint: string;
  }[];
}

/** A real HTTP receiver that keeps what it gets. With `beforeAnswer` its answer waits for that. */
export async function startWebhookReceiver(
  beforeAnswer?: () => Promise<void>,
): Promise<{ url: string; messages: WebhookMessage[]; close: () => void }> {
  const messages: WebhookMessage[] = [];
  const server: Server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      messages.push({ receivedAtMs: Date.now(), ...(JSON.parse(body) as Omit<WebhookMessage, 'receivedAtMs'>) });
      await beforeAnswer?.();
      response.end('ok');
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', () => done());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    messages,
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
