/** The API about targets, in Prometheus's JSON. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, cleanUp, page, run, serve } from '../support/scrape-harness.ts';

afterEach(cleanUp);

const pools = (address: string): string => `
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    static_configs:
      - targets: ['${address}', 'gone:1']
        labels: { site: north }
    relabel_configs:
      - { source_labels: [__address__], regex: 'gone:.*', action: drop }
      - { source_labels: [__address__], regex: '(.*):.*', target_label: host, replacement: 'h-$1' }
  - job_name: nodes
    static_configs: [{ targets: ['${address}'] }]
`;

describe('/api/v1/targets', () => {
  it('a parameter that is given twice counts once, as in Go', async () => {
    const { receive } = await run(pools(await serve(page(() => 'a 1\n'))));
    const { json } = await ask(receive, '/api/v1/targets?state=dropped&state=active');
    expect((json as { data: { activeTargets: unknown[] } }).data.activeTargets).toEqual([]);
    const metadata = await ask(receive, '/api/v1/targets/metadata?limit=1&limit=x&metric=a&metric=b');
    expect((metadata.json as { status: string }).status).toBe('success');
  });
});

describe('targets of a probe', () => {
  it('may be URLs, written down or from a file, when relabelling puts the address of the probe in their place', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-probe-'));
    const file = join(folder, 'cameras.yml');
    writeFileSync(file, '- targets: [rtsp://cam-2/live]\n  labels: { site: north }\n');
    const probe = await serve(page(() => 'probe_success 1\n'));
    const { receive, interval } = await run(`
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params: { module: [http_2xx] }
    static_configs: [{ targets: ['http://cam-1/snapshot.jpg'] }]
    file_sd_configs: [{ files: ['${file}'] }]
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: '${probe}' }
`);
    await interval();
    const { json } = await ask(receive, '/api/v1/targets?state=active');
    const { activeTargets } = (json as { data: { activeTargets: { scrapeUrl: string }[] } }).data;
    expect(activeTargets.map(({ scrapeUrl }) => scrapeUrl).sort()).toEqual([
      `http://${probe}/probe?module=http_2xx&target=http%3A%2F%2Fcam-1%2Fsnapshot.jpg`,
      `http://${probe}/probe?module=http_2xx&target=rtsp%3A%2F%2Fcam-2%2Flive`,
    ]);
    rmSync(folder, { recursive: true });
  });
});

describe('/api/v1/targets/metadata', () => {
  it('takes match_target, metric and limit', async () => {
    const address = await serve(page(() => '# HELP a What.\n# TYPE a gauge\na 1\n# TYPE b counter\nb 1\n'));
    const { receive, interval } = await run(pools(address));
    await interval();
    const of = async (query: string): Promise<unknown> => {
      const { json } = await ask(receive, `/api/v1/targets/metadata?${query}`);
      return (json as { data: unknown }).data;
    };
    const target = { host: 'h-127.0.0.1', instance: address, job: 'cams', site: 'north' };
    expect(await of(`match_target=${encodeURIComponent('{site="north"}')}`)).toEqual([
      { target, metric: 'a', type: 'gauge', help: 'What.', unit: '' },
      { target, metric: 'b', type: 'counter', help: '', unit: '' },
    ]);
    expect(await of(`match_target=${encodeURIComponent('{site="north"}')}&metric=a`)).toEqual([
      { target, type: 'gauge', help: 'What.', unit: '' },
    ]);
    expect(await of(`match_target=${encodeURIComponent('{site=~"n.*",host="x"}')}`)).toEqual([]);
    expect(await of('limit=1&metric=b')).toHaveLength(1);
  });

  it('refuses a selector that does not parse', async () => {
    const { receive } = await run('scrape_configs: []\n');
    const { status, json } = await ask(receive, '/api/v1/targets/metadata?match_target=%7B');
    expect([status, (json as { code: string }).code]).toEqual([400, 'PROMQL_PARSE']);
  });
});

describe('/api/v1/targets', () => {
  it('filters by pool and by state', async () => {
    const address = await serve(page(() => 'a 1\n'));
    const { receive } = await run(pools(address));
    const of = async (query: string): Promise<{ activeTargets: object[]; droppedTargets: object[] }> =>
      ((await ask(receive, `/api/v1/targets?${query}`)).json as { data: never }).data;
    const counts = async (query: string): Promise<number[]> => {
      const { activeTargets, droppedTargets } = await of(query);
      return [activeTargets.length, droppedTargets.length];
    };
    expect(await counts('')).toEqual([2, 1]);
    expect(await counts('state=any&scrapePool=nodes')).toEqual([1, 0]);
    expect(await counts('state=dropped')).toEqual([0, 1]);
    expect(await counts('state=active&scrapePool=none')).toEqual([0, 0]);
    expect((await of('scrapePool=cams')).activeTargets[0]).toMatchObject({
      scrapeInterval: '10s',
      scrapeTimeout: '10s',
      discoveredLabels: { __address__: address, __scrape_interval__: '10s', job: 'cams' },
    });
    expect((await ask(receive, '/api/v1/scrape_pools')).json).toEqual({
      status: 'success',
      data: { scrapePools: ['cams', 'nodes'] },
    });
  });
});
