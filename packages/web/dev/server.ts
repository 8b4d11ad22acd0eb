/**
 * Serves the built pages against a real Prometheus, for development and browser tests without the Vedette server:
 * `npx tsx --conditions=vedette-source packages/web/dev/server.ts --prometheus http://127.0.0.1:9090 --dashboards FOLDER --port 9700`.
 * Dashboards are normalised by the server's own code. Not part of the build.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fixedStatus } from './fixed-answers.ts';
import { loadDashboards } from './load-dashboards.ts';

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    dashboards: { type: 'string', multiple: true, default: [] },
    port: { type: 'string', default: '9700' },
    dist: { type: 'string', default: resolve(fileURLToPath(import.meta.url), '../../dist') },
  },
});

const { dist } = values;
const dashboards = await loadDashboards(values.dashboards.flatMap((path) => filesOf(path)));
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.svg': 'image/svg+xml',
};
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'";

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => /dashboard.*\.(?:json|ya?ml)$|\.json$/.test(name))
    .map((name) => join(path, name));
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function proxy(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const init: RequestInit = {
    method: request.method ?? 'GET',
    headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
  };
  if (chunks.length > 0) init.body = Buffer.concat(chunks);
  const answer = await fetch(`${values.prometheus}${request.url ?? '/'}`, init);
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

function vedette(path: string, response: ServerResponse): void {
  const [, uid, part] = /^\/api\/vedette\/dashboards\/([^/]+)(\/source)?$/.exec(path) ?? [];
  const found = dashboards.find((entry) => entry.model.uid === decodeURIComponent(uid ?? ''));
  if (path === '/api/vedette/dashboards')
    json(response, 200, { dashboards: dashboards.map((entry) => entry.summary), problems: [] });
  else if (path === '/api/vedette/status') json(response, 200, fixedStatus());
  else if (found) json(response, 200, part ? found.source : found.model);
  else json(response, 404, { code: 'NOT_FOUND', message: `There is nothing at ${path}` });
}

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  response.setHeader('content-security-policy', policy);
  if (path === '/-/healthy') return void response.end('ok');
  if (path.startsWith('/api/v1/')) {
    return void proxy(request, response).catch((error: unknown) =>
      json(response, 502, { code: 'PROXY', message: String(error) }),
    );
  }
  if (path.startsWith('/api/vedette/')) return vedette(path, response);
  const file = join(dist, path);
  if (path.startsWith('/assets/') && !existsSync(file))
    return json(response, 404, { code: 'NOT_FOUND', message: `There is nothing at ${path}` });
  const target = path !== '/' && existsSync(file) && statSync(file).isFile() ? file : join(dist, 'index.html');
  response.setHeader('content-type', types[extname(target)] ?? 'application/octet-stream');
  response.end(readFileSync(target));
});
server.listen(Number(values.port), '127.0.0.1', () =>
  process.stdout.write(`pages at http://127.0.0.1:${values.port}\n`),
);
