import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, page, poolFor, run, serve, targetsOf, text } from '../support/scrape-harness.ts';
import { VedetteError } from '../../src/base/errors.ts';

afterEach(cleanUp);

describe('scraping', () => {
  it('stores samples with target labels, and the series about the scrape', async () => {
    const address = await serve(page(() => '# HELP a What.\n# TYPE a gauge\na{x="1"} 1\na{x="2"} NaN\n'));
    const { sink, interval, target } = await run(poolFor(address));
    await interval();
    const labels = `instance="${address}", job="cams", site="north"`;
    expect(sink.rows.slice(0, 2).map(({ series, value }) => [series, value])).toEqual([
      [`a{${labels}, x="1"}`, 1],
      [`a{${labels}, x="2"}`, NaN],
    ]);
    expect(sink.of('up')).toEqual([1]);
    expect(sink.of('scrape_samples_scraped')).toEqual([2]);
    expect(sink.of('scrape_samples_post_metric_relabeling')).toEqual([2]);
    expect(sink.of('scrape_series_added')).toEqual([2]);
    expect(sink.metadata).toEqual([{ name: 'a', type: 'gauge', help: 'What.', unit: '' }]);
    expect(await target()).toMatchObject({
      health: 'up',
      lastError: '',
      scrapePool: 'cams',
      scrapeUrl: `http://${address}/metrics`,
      scrapeInterval: '10s',
    });
    await interval();
    expect(sink.of('scrape_series_added')).toEqual([2, 0]);
    expect(sink.metadata).toHaveLength(1);
  });

  it('gives one timestamp to a scrape: its slot', async () => {
    const address = await serve(page(() => 'a{x="1"} 1\n'));
    const { sink, interval } = await run(poolFor(address));
    await interval();
    await interval();
    const times = [...new Set(sink.rows.map((row) => row.at))];
    expect(times).toHaveLength(2);
    expect((times[1] as number) - (times[0] as number)).toBe(10_000);
  });

  it('marks series stale when they vanish, when a scrape fails, and starts again after', async () => {
    const pages = ['a{x="1"} 1\na{x="2"} 2\n', 'a{x="2"} 3\n', 'a{x="2"', 'a{x="2"} 4\n'];
    let next = 0;
    const address = await serve(page(() => pages[next++] ?? ''));
    const { sink, interval, target } = await run(poolFor(address));
    for (let i = 0; i < 3; i++) await interval();
    expect((await target())['lastError']).toMatch(/^line 1, column 8: expected "," or "}" after a label/);
    await interval();
    const of = (x: string): unknown[] =>
      sink.rows.filter((row) => row.series.includes(`x="${x}"`)).map((row) => row.value);
    expect(of('1')).toEqual([1, 'stale']);
    expect(of('2')).toEqual([2, 3, 'stale', 4]);
    expect(sink.of('up')).toEqual([1, 1, 0, 1]);
  });

  it('follows pages that change their order, repeat lines and gain lines', async () => {
    const pages = [
      'a{x="1"} 1\nb{x="1"} 2\nc{x="1"} 3\n',
      'c{x="1"} 4\nb{x="1"} 5\nd{x="1"} 6\nb{x="1"} 9\na{x="1"} 7\n',
      'a{x="1"} 1\nd{x="1"} 6\n',
    ];
    let next = 0;
    const address = await serve(page(() => pages[next++] ?? ''));
    const { sink, interval } = await run(poolFor(address));
    for (let i = 0; i < 3; i++) await interval();
    expect([sink.of('a'), sink.of('b'), sink.of('c'), sink.of('d')]).toEqual([
      [1, 7, 1],
      [2, 5, 'stale'],
      [3, 4, 'stale'],
      [6, 6],
    ]);
  });

  it('a series with its own timestamp keeps it and is not marked stale', async () => {
    const pages = ['a{x="1"} 1 1700000000000\n', ''];
    let next = 0;
    const address = await serve(page(() => pages[next++] ?? ''));
    const { sink, interval } = await run(poolFor(address));
    await interval();
    await interval();
    expect(sink.rows.filter((row) => row.series.startsWith('a{')).map((row) => [row.at, row.value])).toEqual([
      [1_700_000_000_000, 1],
    ]);
  });

  it('honor_timestamps: false stamps with the time of the scrape', async () => {
    const address = await serve(page(() => 'a{x="1"} 1 1700000000000\n'));
    const { sink, interval } = await run(poolFor(address, '    honor_timestamps: false\n'));
    await interval();
    expect(sink.rows[0]?.at).toBe(sink.rows.at(-1)?.at);
  });

  it('moves colliding labels to exported_, unless labels are honoured', async () => {
    const address = await serve(page(() => 'a{job="own",exported_job="x",site=""} 1\n'));
    const moved = await run(poolFor(address));
    await moved.interval();
    expect(moved.sink.rows[0]?.series).toBe(
      `a{exported_exported_job="own", exported_job="x", instance="${address}", job="cams", site="north"}`,
    );
    const honoured = await run(poolFor(address, '    honor_labels: true\n'));
    await honoured.interval();
    expect(honoured.sink.rows[0]?.series).toBe(`a{exported_job="x", instance="${address}", job="own", site="north"}`);
    expect(honoured.sink.rows.at(-1)?.series).toContain('job="cams"');
  });

  it('relabels targets and metrics', async () => {
    const address = await serve(page(() => 'a{x="1"} 1\nb{x="1"} 2\n'));
    const { sink, interval, receive } = await run(
      poolFor(
        address,
        `      - targets: ['gone:1']
    relabel_configs:
      - { source_labels: [__address__], regex: 'gone:.*', action: drop }
      - { source_labels: [__address__], regex: '(.*):.*', target_label: host, replacement: 'h-$1' }
    metric_relabel_configs:
      - { source_labels: [__name__], regex: b, action: drop }
`,
      ),
    );
    await interval();
    expect(sink.rows[0]?.series).toContain('host="h-127.0.0.1"');
    expect(sink.of('b')).toEqual([]);
    expect([sink.of('scrape_samples_scraped'), sink.of('scrape_samples_post_metric_relabeling')]).toEqual([[2], [1]]);
    expect((await targetsOf(receive)).droppedTargets).toHaveLength(1);
    expect((await targetsOf(receive, '?state=active')).droppedTargets).toHaveLength(0);
  });

  it.each<[name: string, listener: RequestListener, extra: string, message: RegExp]>([
    ['an HTTP error', (_q, r) => r.writeHead(500).end(), '', /^server returned HTTP status 500 Internal Server Error$/],
    [
      'a page that is not metrics',
      page(() => '<html>', { 'content-type': 'text/html' }),
      '',
      /Content-Type "text\/html", which is not a metrics page/,
    ],
    [
      'a page without a type',
      (_q, r) => r.writeHead(200).end('a 1\n'),
      '',
      /^answered without a Content-Type; set fallback_scrape_protocol: PrometheusText0\.0\.4/,
    ],
    ['a malformed line', page(() => 'a 1\nb one\n'), '', /^line 2, column 3: expected a value/],
    [
      'bytes that are not UTF-8',
      page(() => Buffer.from([97, 32, 49, 10, 0xff, 10])),
      '',
      /^line 2, column 1: the page is not valid UTF-8/,
    ],
    [
      'an OpenMetrics page cut off',
      page(() => 'a 1\n', { 'content-type': 'application/openmetrics-text; version=1.0.0' }),
      '',
      /without # EOF/,
    ],
    [
      'a large body',
      page(() => 'a 1\n'.repeat(1_000)),
      '    body_size_limit: 1KB\n',
      /^body exceeded 1KB \(body_size_limit\)$/,
    ],
    [
      'a large body in gzip',
      page(() => gzipSync('a 1\n'.repeat(1_000)), { 'content-encoding': 'gzip' }),
      '    body_size_limit: 1KB\n',
      /^body exceeded 1KB/,
    ],
    ['damaged gzip', page(() => 'no gzip', { 'content-encoding': 'gzip' }), '', /^the gzip body is damaged/],
    [
      'too many samples',
      page(() => 'a{x="1"} 1\na{x="2"} 1\na{x="3"} 1\n'),
      '    sample_limit: 2\n',
      /^sample_limit exceeded: 3 samples after relabelling, limit 2; most are a \(3\), whose label "x" has 3 values$/,
    ],
    [
      'too many labels',
      page(() => 'a{x="1"} 1\n'),
      '    label_limit: 4\n',
      /^label_limit exceeded: a has 5 labels, limit 4: __name__, instance, job, site, x$/,
    ],
    [
      'a long label name',
      page(() => 'a{nineteen_characters="1"} 1\n'),
      '    label_name_length_limit: 10\n',
      /label_name_length_limit exceeded: label "nineteen_characters"/,
    ],
    [
      'a long label value',
      page(() => `a{x="${'v'.repeat(30)}"} 1\n`),
      '    label_value_length_limit: 25\n',
      /label_value_length_limit exceeded: label "x" of a has a value of 30/,
    ],
    ['a repeated label', page(() => 'ok 1\na{x="1",x="2"} 1\n'), '', /^line 2, column 1: label name "x" is not unique/],
    [
      'a redirect that is not followed',
      (_q, r) => r.writeHead(302, { location: '/x' }).end(),
      '    follow_redirects: false\n',
      /^server returned HTTP status 302 Found$/,
    ],
    [
      'redirects in a circle',
      (_q, r) => r.writeHead(302, { location: '/metrics' }).end(),
      '',
      /^stopped after 10 redirects/,
    ],
    [
      'a connection cut off',
      (_q, r) => r.socket?.destroy(),
      '',
      /closed the connection before the answer was complete/,
    ],
  ])('%s gives up 0 and says why', async (_name, listener, extra, message) => {
    const address = await serve(listener);
    const { sink, interval, target } = await run(poolFor(address, extra));
    await interval();
    expect(sink.of('up')).toEqual([0]);
    expect(await target()).toMatchObject({ health: 'down', lastError: expect.stringMatching(message) as string });
    expect(sink.rows.every((row) => /^(up|scrape_)/.test(row.series))).toBe(true);
  });

  it('an error status is told at once, however long its page', async () => {
    const address = await serve((_request, response) => {
      response.writeHead(503);
      const fill = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), fill);
      };
      fill();
    });
    const { interval, target } = await run(poolFor(address));
    await interval();
    expect((await target())['lastError']).toBe('server returned HTTP status 503 Service Unavailable');
  });

  it('a target that is not there is named', async () => {
    const { interval, target } = await run(poolFor('127.0.0.1:1'));
    await interval();
    expect((await target())['lastError']).toBe('connection refused by 127.0.0.1:1; is it running?');
  });

  it('a slow or endless target is given up at the timeout, and its next scrape is tried', async () => {
    let slow = true;
    const address = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': text });
      if (slow) response.write('a{x="1"} 1\n');
      else response.end('a{x="1"} 1\n');
    });
    const { sink, clock, target } = await run(poolFor(address, '    scrape_timeout: 2s\n'));
    while (sink.of('up').length === 0) await clock.advance(100);
    expect((await target())['lastError']).toBe('no complete answer within 2s (scrape_timeout)');
    slow = false;
    while (!sink.of('up').includes(1)) await clock.advance(20);
    expect(sink.of('a')).toEqual([1]);
  });

  it('sends what Prometheus sends: Accept, timeout, agent, credentials, parameters', async () => {
    const seen: Record<string, unknown>[] = [];
    const address = await serve((request, response) => {
      seen.push({ ...request.headers, url: request.url });
      response.writeHead(200, { 'content-type': text }).end('a 1\n');
    });
    const { interval } = await run(
      poolFor(
        address,
        '    basic_auth: { username: u, password: p }\n    params: { module: [a, b] }\n    metrics_path: /probe\n    http_headers: { x-site: { values: [n], secrets: [s] } }\n',
      ),
    );
    await interval();
    expect(seen[0]).toMatchObject({
      authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
      'x-prometheus-scrape-timeout-seconds': '10',
      'user-agent': 'Vedette/1.2.3',
      'accept-encoding': 'gzip',
      'x-site': 'n, s',
      url: '/probe?module=a&module=b',
    });
    expect(seen[0]?.['accept']).toMatch(
      /^application\/openmetrics-text;version=1\.0\.0.*text\/plain;version=0\.0\.4.*\*\/\*/,
    );
  });

  it('credentials do not follow a redirect to another host', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { 'content-type': text }).end('a 1\n');
    });
    const address = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(307, { location: `http://${other}/metrics` }).end();
    });
    const { sink, interval } = await run(poolFor(address, '    bearer_token: t\n'));
    await interval();
    expect(seen).toEqual(['Bearer t', undefined]);
    expect(sink.of('up')).toEqual([1]);
  });

  it('a full store is said on the targets page and stops nothing', async () => {
    const address = await serve(page(() => 'a 1\n'));
    const { sink, interval, clock, target } = await run(poolFor(address));
    sink.fault = new VedetteError('INGEST_OVERLOADED', 'the write queue is full');
    await interval();
    while ((await target())['health'] === 'unknown') await clock.settle();
    expect(await target()).toMatchObject({
      health: 'up',
      lastError: 'scraped, but the samples could not be stored: the write queue is full',
    });
    sink.fault = undefined;
    await interval();
    expect(sink.of('up')).toEqual([1]);
  });

  it('too many targets fail by name', async () => {
    const address = await serve(page(() => 'a 1\n'));
    const { interval, target } = await run(
      poolFor(address, `      - targets: ['localhost:${address.split(':')[1]}']\n    target_limit: 1\n`),
    );
    await interval();
    expect((await target())['lastError']).toBe('target_limit exceeded (number of targets: 2, limit: 1)');
  });

  it('collectors of this process go the same way', async () => {
    const collector = { name: 'host', collect: async () => 'a{x="1"} 1\n' };
    const { sink, interval, receive } = await run('scrape_configs: []\n', [
      { collector, job: 'node', intervalMs: 10_000, labels: { site: 's' } },
    ]);
    await interval();
    expect(sink.rows[0]?.series).toBe('a{instance="collector:host", job="node", site="s", x="1"}');
    expect((await targetsOf(receive)).activeTargets[0]).toMatchObject({
      scrapeUrl: 'collector:host',
      globalUrl: 'collector:host',
      health: 'up',
    });
  });

  it('a collector that ignores its signal is given up at the timeout', async () => {
    const collector = { name: 'deaf', collect: () => new Promise<string>(() => undefined) };
    const { sink, clock, target } = await run('scrape_configs: []\n', [
      { collector, job: 'node', intervalMs: 10_000, timeoutMs: 2_000 },
    ]);
    while (sink.of('up').length === 0) await clock.advance(100);
    expect((await target())['lastError']).toBe('the collector did not answer within 2s');
  });

  it('a collector that fails is a target that is down', async () => {
    const collector = { name: 'bad', collect: () => Promise.reject(new Error('no /proc')) };
    const { interval, target } = await run('scrape_configs: []\n', [{ collector, job: 'node', intervalMs: 10_000 }]);
    await interval();
    expect((await target())['lastError']).toBe('the collector failed: no /proc');
  });
});
