/** An OAuth 2 token endpoint for tests: hands out numbered tokens to clients it knows. */
import { type IncomingHttpHeaders, type RequestListener } from 'node:http';

export interface TokenServer {
  readonly listener: RequestListener;
  /** Forms of the requests, in order. */
  readonly asked: URLSearchParams[];
  readonly headers: IncomingHttpHeaders[];
  /** What it answers; tests change it. */
  answer: { status: number; type: string; body: string } | undefined;
  /** Seconds a token lives. */
  expiresIn: number | undefined;
  /** Where clients must put their secret. */
  style: 'header' | 'body';
}

export function tokenServer(client: { readonly id: string; readonly secret: string }): TokenServer {
  const server: TokenServer = {
    asked: [],
    headers: [],
    answer: undefined,
    expiresIn: 3_600,
    style: 'header',
    listener: (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        server.asked.push(form);
        server.headers.push(request.headers);
        const basic = `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString('base64')}`;
        const known =
          server.style === 'header'
            ? request.headers.authorization === basic
            : form.get('client_id') === client.id && form.get('client_secret') === client.secret;
        const json = (status: number, value: object): void => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
        };
        if (server.answer !== undefined)
          response.writeHead(server.answer.status, { 'content-type': server.answer.type }).end(server.answer.body);
        else if (!known && !form.has('assertion')) json(401, { error: 'invalid_client' });
        else
          json(200, {
            access_token: `token-${server.asked.length}`,
            token_type: 'bearer',
            ...(server.expiresIn !== undefined && { expires_in: server.expiresIn }),
          });
      });
    },
  };
  return server;
}
