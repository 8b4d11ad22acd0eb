/** The same targets scraped by a real Prometheus and by Vedette: the same series, values, reports, and the same ends of series. */
import { writeFileSync } from 'node:fs';
import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  eventually,
  freePort,
  instantQuery,
  programOrNotice,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const prometheus = programOrNotice('/usr/bin/prometheus', 'the comparison of scrapes with a real Prometheus');
const closing: (() => void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await cleanUp();
});

/** Pages by path; `late` says that series and targets are to vanish. */
function pages(late: () => boolean): RequestListener {
  const text = { 'content-type': 'text/plain; version=0.0.4' };
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    const send = (body: string | Buffer, headers: Record<string, string> = text): void => {
      response.writeHead(200, headers).end(body);
    };
    const plain = 'a{x="1"} 1\na{x="2"} 2.5\n# TYPE b counter\nb 3\n';
    switch (url.pathname) {
      case '/plain':
        return send(late() ? 'a{x="2"} 2.5\nnew 1\n' : plain);
      case '/gone':
        return late() ? void response.writeHead(503).end() : send(plain);
      case '/breaks':
        // Series above the broken line would live on in Prometheus, and end here.
        return send(late() ? 'broken{\na{x="1"} 1\n' : plain);
      case '/gzip':
        return send(gzipSync(plain), { ...text, 'content-encoding': 'gzip' });
      case '/collide':
        return send('a{job="own",instance="i",site="page",exported_job="e"} 1\n');
      case '/echo':
        return send(`echo{query="${url.search}"} 1\n`);
      case '/stamped':
        return send(late() ? 'other 1\n' : `a{x="1"} 7 ${Date.now() - 100}\nb 3\n`);
      case '/openmetrics':
        return send(
          '# TYPE c counter\n# UNIT c \nc_total{x="1"} 4 # {trace_id="t"} 0.5\nc_created{x="1"} 1600000000\n# TYPE i info\ni_info{v="1"} 1\n# TYPE s stateset\ns{s="on"} 1\ns{s="off"} 0\n# TYPE n gauge\nn NaN\n# EOF\n',
          { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' },
        );
      case '/long':
        return send(`a{long_label_name="1"} 1\nb{x="${'v'.repeat(60)}"} 1\n`);
      default:
        return void response.writeHead(404).end();
    }
  };
}

const jobs = (host: string): string => `
  - { job_name: t_plain, metrics_path: /plain, static_configs: [{ targets: ['${host}'], labels: { site: n } }] }
  - { job_name: t_gone, metrics_path: /gone, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_breaks, metrics_path: /breaks, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_gzip, metrics_path: /gzip, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_missing, metrics_path: /missing, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_refused, static_configs: [{ targets: ['127.0.0.1:1'] }] }
  - { job_name: t_collide, metrics_path: /collide, static_configs: [{ targets: ['${host}'], labels: { site: n } }] }
  - { job_name: t_honor, honor_labels: true, metrics_path: /collide, static_configs: [{ targets: ['${host}'], labels: { site: h } }] }
  - job_name: t_params
    metrics_path: /echo
    params: { module: [a, b], target: [old] }
    static_configs: [{ targets: ['cam-1'] }]
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: '${host}' }
  - { job_name: t_stamped, metrics_path: /stamped, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_restamped, honor_timestamps: false, metrics_path: /stamped, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_openmetrics, metrics_path: /openmetrics, static_configs: [{ targets: ['${host}'] }] }
  - job_name: t_dropping
    metrics_path: /plain
    static_configs: [{ targets: ['${host}'] }]
    metric_relabel_configs:
      - { source_labels: [x], regex: '1', action: drop }
  - { job_name: t_sample_limit, sample_limit: 2, metrics_path: /plain, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_at_limit, sample_limit: 3, metrics_path: /plain, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_label_limit, label_limit: 3, metrics_path: /plain, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_name_limit, label_name_length_limit: 14, metrics_path: /long, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_value_limit, label_value_length_limit: 40, metrics_path: /long, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_body_limit, body_size_limit: 20B, metrics_path: /plain, static_configs: [{ targets: ['${host}'] }] }
  - { job_name: t_target_limit, target_limit: 1, metrics_path: /plain, static_configs: [{ targets: ['${host}', '${host.replace('127.0.0.1', 'localhost')}'] }] }
`;

/** Everything of the test's targets that does not depend on the moment. */
const SERIES =
  '{job=~"t_.*|own",__name__!~"scrape_duration_seconds|scrape_series_added|scrape_timeout_seconds|scrape_sample_limit"}';

async function seriesOf(url: string, query: string): Promise<Record<string, string | undefined>> {
  const samples = await instantQuery(url, query);
  return Object.fromEntries(
    samples
      .map(({ metric, value }) => [JSON.stringify(Object.entries(metric).toSorted()), value[1]] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe.runIf(prometheus !== undefined)('beside a real Prometheus', () => {
  it('a scrape stores the same, and series end alike', async () => {
    let late = false;
    const server = createServer(pages(() => late));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const config = jobs(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    const port = await freePort();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'prometheus.yml'), `global: { scrape_interval: 1s }\nscrape_configs:\n${config}`);
    start(
      prometheus ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=extra-scrape-metrics',
      ],
      folder,
    );
    const peer = `http://127.0.0.1:${port}`;
    const vedette = await startVedette({
      config: `global: { scrape_interval: 1s, extra_scrape_metrics: true }\ncatalog: { rules: false }\nscrape_configs:\n${config}`,
    });
    const reports = 'count({__name__=~"up|scrape_samples_scraped",job=~"t_.*"})';
    const equal = async (query: string, count: number): Promise<void> => {
      await eventually(async () => {
        const theirs = await seriesOf(peer, query);
        expect(Object.keys(theirs).length).toBeGreaterThanOrEqual(count);
        expect(await seriesOf(vedette.url, query)).toEqual(theirs);
      });
    };
    await equal(reports, 1);
    await equal(SERIES, 80);
    await equal('max_over_time(scrape_series_added{job=~"t_.*"}[5m])', 20);
    await equal('{__name__=~"scrape_timeout_seconds|scrape_sample_limit",job=~"t_.*"}', 40);
    late = true;
    // The new series shows that both have seen the later pages.
    await equal('new{job="t_plain"}', 1);
    await equal(SERIES, 80);
  });
});
