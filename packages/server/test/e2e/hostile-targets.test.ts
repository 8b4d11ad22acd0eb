import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { cleanUp, eventually, instantQuery, startVedette } from './vedette-process.ts';

afterEach(cleanUp);

interface Target {
  readonly labels: { readonly job: string };
  readonly health: string;
  readonly lastError: string;
}

it('targets that are unreachable, slow, huge, endless, not UTF-8 or malformed say so on their own line, and the good one goes on', async () => {
  const endless: ServerResponse[] = [];
  const pages: Record<string, (response: ServerResponse) => void> = {
    '/good': (response) => response.end('good_metric 1\n'),
    '/slow': () => undefined,
    '/huge': (response) => response.end('huge_metric 1\n'.repeat(200_000)),
    '/endless': (response) => {
      endless.push(response);
      const more = (): void => {
        if (!response.destroyed && response.write('endless_metric 1\n'.repeat(1_000))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    },
    '/latin1': (response) => response.end(Buffer.from('m{l="caf\xe9"} 1\n', 'latin1')),
    '/malformed': (response) => response.end('fine 1\nbroken{a="b" 2\n'),
    '/html': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>not metrics</html>'),
    '/typeless': (response) => response.end('untold_metric 1\n'),
    '/error': (response) => response.writeHead(500).end('down for maintenance'),
  };
  const server = createServer((request, response) => {
    if (request.url !== '/typeless') response.setHeader('content-type', 'text/plain; version=0.0.4');
    pages[request.url ?? '']?.(response);
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', () => done());
  });
  const { port } = server.address() as AddressInfo;
  const job = (name: string, path: string, address = `127.0.0.1:${port}`): string =>
    `  - job_name: ${name}\n    metrics_path: ${path}\n    body_size_limit: 1MB\n    static_configs: [{ targets: ['${address}'] }]\n`;
  const names = Object.keys(pages).map((path) => path.slice(1));
  const vedette = await startVedette({
    config: `global: { scrape_interval: 2s, scrape_timeout: 1s }\nscrape_configs:\n${names.map((name) => job(name, `/${name}`)).join('')}${job('unreachable', '/', '127.0.0.1:1')}`,
  });
  const targets = await eventually(async () => {
    const answer = (await (await fetch(`${vedette.url}/api/v1/targets`)).json()) as {
      data: { activeTargets: Target[] };
    };
    const active = answer.data.activeTargets;
    expect(active.filter(({ health }) => health === 'unknown')).toEqual([]);
    return new Map(active.map((target) => [target.labels.job, target]));
  });
  const lastError = (name: string): string => targets.get(name)?.lastError ?? 'no such target';
  expect(lastError('good')).toBe('');
  expect(lastError('typeless')).toMatch(/without a Content-Type.*fallback_scrape_protocol/);
  expect(lastError('slow')).toMatch(/1s|time/i);
  expect(lastError('huge')).toMatch(/body.*1MB|body_size_limit/);
  expect(lastError('endless')).toMatch(/body.*1MB|body_size_limit/);
  expect(lastError('latin1')).toMatch(/UTF-8/i);
  expect(lastError('malformed')).toMatch(/line 2/);
  expect(lastError('html')).not.toBe('');
  expect(lastError('error')).toMatch(/500/);
  expect(lastError('unreachable')).toMatch(/refused/i);
  const good = (await instantQuery(vedette.url, 'count_over_time(good_metric[10s])'))[0]?.value[1];
  expect(Number(good)).toBeGreaterThan(0);
  await eventually(async () => expect(await instantQuery(vedette.url, 'up{job="host"} == 1')).toHaveLength(1));
  for (const response of endless) response.destroy();
  server.closeAllConnections();
  server.close();
});
