/** `<http_config>` and discovery as a scrape configuration says them, from the file to the stored sample. */
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificates.ts';
import { ConsulServer } from '../support/consul-server.ts';
import { httpProxy } from '../support/forward-proxy.ts';
import { KubernetesServer } from '../support/kubernetes-server.ts';
import { type Running, cleanUp, configOf, later, page, run, serve, targetsOf } from '../support/scrape-harness.ts';
import { tokenServer } from '../support/token-server.ts';

afterEach(cleanUp);

const authority = makeCertificate({ name: 'Test authority' });
const certificate = makeCertificate({
  name: 'server',
  hosts: ['cam-1.test', 'sd.test', '127.0.0.1'],
  issuer: authority,
});

async function serveTls(listener: RequestListener): Promise<string> {
  const server = createHttpsServer({ cert: certificate.cert, key: certificate.key }, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  later(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const indented = (text: string, by: number): string => text.trim().replace(/^/gm, ' '.repeat(by));

/** TLS, a proxy and OAuth 2 at once, as YAML with this indentation. */
async function guarded(listener: RequestListener, by: number) {
  const tokens = tokenServer({ id: 'vedette', secret: 'hunter2' });
  const tokenAddress = await serve(tokens.listener);
  let wanted = '';
  const address = await serveTls((request, response) => {
    wanted = request.headers.authorization ?? '';
    if (wanted.startsWith('Bearer token-')) listener(request, response);
    else response.writeHead(401).end();
  });
  const proxy = await httpProxy({ leadTo: address, credentials: 'site:pass' });
  later(() => proxy.close());
  const yaml = indented(
    `
proxy_url: http://site:pass@${proxy.address}
tls_config:
  ca: |
${indented(authority.cert, 4)}
oauth2:
  client_id: vedette
  client_secret: hunter2
  token_url: http://${tokenAddress}/token
`,
    by,
  );
  return { yaml, tokens, proxy };
}

async function scrapedWithin(running: Running, seconds: number): Promise<void> {
  for (let i = 0; i < seconds && running.sink.of('up').length === 0; i++) {
    await running.clock.advance(1_000);
    await running.clock.settle(50);
  }
}

describe('a scrape configuration', () => {
  it('reaches a static target through a proxy, over TLS, with an OAuth 2 token', async () => {
    const { yaml, tokens, proxy } = await guarded(
      page(() => 'a 1\n'),
      4,
    );
    const running = await run(`
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    scheme: https
    static_configs: [{ targets: ['cam-1.test:443'] }]
${yaml}
`);
    await running.interval();
    await running.interval();
    expect((await running.target())['lastError']).toBe('');
    expect(running.sink.of('a')).toEqual([1, 1]);
    expect(tokens.asked).toHaveLength(1);
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT cam-1.test:443']));
    // Neither the secret nor the token shows anywhere.
    const shown = JSON.stringify(await targetsOf(running.receive));
    expect(shown).not.toMatch(/hunter2|token-1|site:pass/);
  });

  it('asks an HTTP discovery server in the same way', async () => {
    const address = await serve(page(() => 'a 1\n'));
    const { yaml, tokens, proxy } = await guarded((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify([{ targets: [address], labels: { site: 'north' } }]));
    }, 8);
    const running = await run(`
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    http_sd_configs:
      - url: https://sd.test/targets
${yaml}
`);
    await scrapedWithin(running, 30);
    expect(running.sink.of('up')).toEqual([1]);
    expect(running.sink.rows[0]?.series).toContain('site="north"');
    expect(tokens.asked).toHaveLength(1);
    expect(proxy.asked).toEqual(['CONNECT sd.test:443']);
  });

  it('scrapes what Consul knows', async () => {
    const [host = '', port = ''] = (await serve(page(() => 'a 1\n'))).split(':');
    const consul = new ConsulServer();
    consul.set([
      { service: 'cams', id: 'c1', node: 'n', nodeAddress: host, port: Number(port), tags: ['hd'] },
      { service: 'other', id: 'o1', node: 'n', nodeAddress: host, port: 1 },
    ]);
    const running = await run(`
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    consul_sd_configs:
      - server: ${await serve(consul.listener)}
        tags: [hd]
    relabel_configs:
      - source_labels: [__meta_consul_service]
        target_label: service
`);
    await scrapedWithin(running, 30);
    expect(running.sink.of('up')).toEqual([1]);
    expect(running.sink.rows[0]?.series).toContain('service="cams"');
  });

  it('scrapes the pods of a cluster, and says why it cannot ask', async () => {
    const [host = '', port = ''] = (await serve(page(() => 'a 1\n'))).split(':');
    const cluster = new KubernetesServer();
    cluster.put('pods', {
      metadata: { name: 'decoder-0', namespace: 'cams' },
      spec: { containers: [{ name: 'c', ports: [{ containerPort: Number(port) }] }] },
      status: { podIP: host },
    });
    const running = await run(`
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    kubernetes_sd_configs:
      - role: pod
        api_server: http://${await serve(cluster.listener)}
      - role: pod
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
`);
    await scrapedWithin(running, 30);
    expect(running.sink.of('up')).toEqual([1]);
    expect(running.sink.rows[0]?.series).toContain('pod="decoder-0"');
    const answer = JSON.stringify(await targetsOf(running.receive));
    expect(answer).toContain('set api_server or kubeconfig_file');
  });

  it('jobs that ask the same share one watch, which outlives the change of one of them', async () => {
    const [host = '', port = ''] = (await serve(page(() => 'a 1\n'))).split(':');
    const cluster = new KubernetesServer();
    cluster.put('pods', {
      metadata: { name: 'decoder-0', namespace: 'cams' },
      spec: { containers: [{ name: 'c', ports: [{ containerPort: Number(port) }] }] },
      status: { podIP: host },
    });
    const address = await serve(cluster.listener);
    const job = (name: string, path: string): string => `
  - job_name: ${name}
    scrape_interval: 10s
    metrics_path: ${path}
    kubernetes_sd_configs: [{ role: pod, api_server: 'http://${address}', bearer_token: x }]`;
    const running = await run(`scrape_configs:${job('one', '/')}${job('two', '/')}${job('three', '/')}`);
    const jobs = async (): Promise<string[]> =>
      (await targetsOf(running.receive)).activeTargets.map(
        (target) => `${target['scrapePool']} ${target['scrapeUrl']}`,
      );
    await scrapedWithin(running, 30);
    expect(await jobs()).toHaveLength(3);
    expect(cluster.asked).toHaveLength(2);
    await running.receive.apply(configOf(`scrape_configs:${job('one', '/new')}${job('two', '/')}`));
    expect(await jobs()).toEqual([`one http://${host}:${port}/new`, `two http://${host}:${port}/`]);
    expect([cluster.asked.length, cluster.watchers.size]).toEqual([2, 1]);
    await running.receive.apply(configOf(`scrape_configs: [{ job_name: other }]`));
    for (let i = 0; i < 2_000 && cluster.watchers.size > 0; i++) await running.clock.settle();
    expect(cluster.watchers.size).toBe(0);
    // Another credential is another question.
    await running.receive.apply(configOf(`scrape_configs:${job('one', '/')}${job('two', '/').replace('x', 'y')}`));
    for (let i = 0; i < 2_000 && cluster.watchers.size < 2; i++) await running.clock.settle();
    expect(cluster.watchers.size).toBe(2);
  });

  it('keeps what it knew through a reload that cannot be used', async () => {
    const address = await serve(page(() => 'a 1\n'));
    const config = `
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    static_configs: [{ targets: ['${address}'] }]
`;
    const running = await run(config);
    await running.interval();
    await expect(
      running.receive.apply(configOf(`${config}    tls_config: { ca: no certificate }\n    scheme: https\n`)),
    ).rejects.toThrow('tls_config: ca holds no certificate');
    await running.interval();
    expect(running.sink.of('up')).toEqual([1, 1]);
  });
});
