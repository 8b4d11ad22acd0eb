/** What a scrape asks for and what it makes of the answer: protobuf, native histograms, exemplars, start times. */
import type { RequestListener } from 'node:http';
import { ProtobufWriter } from '@vedette/wire/remote-write';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, page, poolFor, run, serve } from '../support/scrape-harness.ts';

afterEach(cleanUp);

const protobuf = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const openmetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** One family with one histogram: native and, with `buckets`, classic. */
function histogramPage(count: number, { buckets = true, spans = 4, startSeconds = 0 } = {}): Buffer {
  const w = new ProtobufWriter();
  w.text(1, 'h');
  w.tag(3, 0);
  w.varint(4);
  w.message(4, () =>
    w.message(7, () => {
      w.tag(1, 0);
      w.varint(count);
      w.double(2, count);
      w.zigzag(5, 3);
      w.double(6, 0.001);
      w.message(12, () => {
        w.zigzag(1, 1);
        w.tag(2, 0);
        w.varint(spans);
      });
      w.zigzag(13, count / spans);
      for (let i = 1; i < spans; i++) w.zigzag(13, 0);
      if (startSeconds > 0) w.message(15, () => w.int64(1, startSeconds));
      if (buckets)
        w.message(3, () => {
          w.tag(1, 0);
          w.varint(count);
          w.double(2, 1);
        });
      w.message(16, () => {
        w.message(1, () => {
          w.string(1, 'trace_id');
          w.string(2, 'abc');
        });
        w.double(2, 0.5);
        w.message(3, () => w.int64(1, 1_700_000_000));
      });
    }),
  );
  const body = w.bytes();
  const length = new ProtobufWriter();
  length.varint(body.length);
  return Buffer.concat([length.bytes(), body]);
}

const native = '    scrape_native_histograms: true\n';

describe('negotiation', () => {
  const accept = async (extra: string, before = ''): Promise<string> => {
    let seen = '';
    const address = await serve((request, response) => {
      seen = request.headers.accept ?? '';
      response.writeHead(200, { 'content-type': 'text/plain' }).end('a 1\n');
    });
    const { interval } = await run(before + poolFor(address, extra));
    await interval();
    return seen;
  };

  it('asks for text as Prometheus 3 does', async () => {
    expect(await accept('')).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    );
  });

  it('asks for protobuf first when native histograms are wanted, unless told otherwise', async () => {
    const proto = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
    const preferred = await accept(native);
    expect(preferred.startsWith(`${proto};q=0.6,application/openmetrics-text;version=1.0.0;`)).toBe(true);
    expect(preferred.endsWith('text/plain;version=0.0.4;q=0.2,*/*;q=0.1')).toBe(true);
    expect(await accept(`${native}    scrape_protocols: [PrometheusText0.0.4]\n`)).toBe(
      'text/plain;version=0.0.4;q=0.6,*/*;q=0.5',
    );
    expect(await accept('', 'global: { scrape_native_histograms: true }\n')).toContain('protobuf');
    expect(await accept('', 'scrape: { start_timestamps: store }\n')).toContain('protobuf');
  });

  it('names the escaping it wants', async () => {
    expect(await accept('    metric_name_validation_scheme: legacy\n')).toContain(
      'application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6',
    );
    expect(await accept('    metric_name_escaping_scheme: dots\n')).toContain('text/plain;version=1.0.0;escaping=dots');
  });

  it.each([
    ['application/json', '"application/json", which is not a metrics page'],
    ['application/vnd.google.protobuf; proto=other.Message; encoding=delimited', 'which is not a metrics page'],
  ])('refuses %s unless a fallback says how to read it', async (type, message) => {
    const address = await serve(page(() => 'a{x="1"} 1\n', { 'content-type': type }));
    const refused = await run(poolFor(address));
    await refused.interval();
    expect(refused.sink.of('up')).toEqual([0]);
    expect((await refused.target())['lastError']).toContain(message);
    const read = await run(poolFor(address, '    fallback_scrape_protocol: PrometheusText0.0.4\n'));
    await read.interval();
    expect(read.sink.of('a')).toEqual([1]);
  });

  it('a fallback is not asked when the type is known', async () => {
    const address = await serve(page(() => 'a{x="1"} 1\n# EOF\n', { 'content-type': openmetrics }));
    const { sink, interval } = await run(poolFor(address, '    fallback_scrape_protocol: PrometheusProto\n'));
    await interval();
    expect(sink.of('a')).toEqual([1]);
  });
});

describe('native histograms', () => {
  const of = (listener: RequestListener, extra: string) =>
    serve(listener).then(async (address) => run(poolFor(address, extra)));

  it('are stored with target labels, and get a stale marker when they vanish', async () => {
    const pages = [histogramPage(8), histogramPage(12), Buffer.alloc(0)];
    let next = 0;
    const { sink, interval } = await of(
      page(() => pages[next++] as Buffer, { 'content-type': protobuf }),
      native,
    );
    for (let i = 0; i < 3; i++) await interval();
    expect(sink.histograms.map(({ value }) => [value.count, value.schema])).toEqual([
      [8, 3],
      [12, 3],
    ]);
    expect(sink.histograms[0]?.series).toMatch(/^h\{instance=".*", job="cams", site="north"\}$/);
    expect(sink.of('h')).toEqual(['stale']);
    expect(sink.of('h_count')).toEqual([]);
    expect(sink.of('scrape_samples_scraped')).toEqual([1, 1, 0]);
    expect(sink.of('scrape_series_added')).toEqual([1, 0, 0]);
  });

  it('are classic ones when they are not asked for, and both with always_scrape_classic_histograms', async () => {
    const listener = page(() => histogramPage(8), { 'content-type': protobuf });
    const classic = await of(listener, '');
    await classic.interval();
    expect(classic.sink.histograms).toEqual([]);
    expect([classic.sink.of('h_count'), classic.sink.of('h_bucket')]).toEqual([[8], [8, 8]]);
    expect(classic.sink.rows[2]?.series).toContain('le="1.0"');
    const both = await of(listener, `${native}    always_scrape_classic_histograms: true\n`);
    await both.interval();
    expect([both.sink.histograms.length, both.sink.of('h_bucket')]).toEqual([1, [8, 8]]);
    const old = await of(listener, `${native}    scrape_classic_histograms: true\n`);
    await old.interval();
    expect(old.sink.of('h_bucket')).toEqual([8, 8]);
  });

  it('convert_classic_histograms_to_nhcb makes them of classic ones', async () => {
    const text = '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 9\nh_count 3\n';
    const { sink, interval } = await of(
      page(() => text),
      '    convert_classic_histograms_to_nhcb: true\n',
    );
    await interval();
    await interval();
    expect(sink.histograms.map(({ value }) => [value.schema, value.count, [...value.customValues]])).toEqual([
      [-53, 3, [1]],
      [-53, 3, [1]],
    ]);
    expect(sink.of('h_count')).toEqual([]);
    expect(sink.of('scrape_series_added')).toEqual([1, 0]);
  });

  it('native_histogram_bucket_limit and native_histogram_min_bucket_factor merge buckets', async () => {
    const listener = page(() => histogramPage(8, { spans: 4 }), { 'content-type': protobuf });
    const limited = await of(listener, `${native}    native_histogram_bucket_limit: 2\n`);
    await limited.interval();
    expect(limited.sink.histograms[0]?.value).toMatchObject({ schema: 2, count: 8 });
    const factor = await of(listener, `${native}    native_histogram_min_bucket_factor: 2\n`);
    await factor.interval();
    expect(factor.sink.histograms[0]?.value.schema).toBe(0);
  });

  it('native_histogram_bucket_limit refuses what cannot be merged', async () => {
    const text = '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 4\nh_count 4\n';
    const { sink, interval, target } = await of(
      page(() => text),
      '    convert_classic_histograms_to_nhcb: true\n    native_histogram_bucket_limit: 2\n',
    );
    await interval();
    expect(sink.of('up')).toEqual([0]);
    expect((await target())['lastError']).toBe('native_histogram_bucket_limit exceeded: h has 3 buckets, limit 2');
    expect(sink.histograms).toEqual([]);
  });

  it('a protobuf page that breaks off is told by byte and family', async () => {
    const { sink, interval, target } = await of(
      page(() => histogramPage(8).subarray(0, 30), { 'content-type': protobuf }),
      native,
    );
    await interval();
    expect(sink.of('up')).toEqual([0]);
    expect((await target())['lastError']).toMatch(/^byte \d+, family/);
  });
});

describe('exemplars', () => {
  it('of text and of protobuf are stored once', async () => {
    const text = 'a_total 3 # {trace_id="x"} 0.5 1700000000\na_total{b="1"} 3 # {} 0.25\n# EOF\n';
    const address = await serve(page(() => text, { 'content-type': openmetrics }));
    const first = await run(poolFor(address));
    for (let i = 0; i < 3; i++) await first.interval();
    expect(first.sink.exemplars.map(({ labels, at, value }) => [labels, at, value])).toEqual([
      [{ trace_id: 'x' }, 1_700_000_000_000, 0.5],
      [{}, first.sink.rows[1]?.at, 0.25],
    ]);
    expect(first.sink.exemplars[1]?.series).toContain('b="1"');
    const proto = await serve(page(() => histogramPage(8), { 'content-type': protobuf }));
    const second = await run(poolFor(proto, native));
    await second.interval();
    await second.interval();
    expect(second.sink.exemplars).toMatchObject([{ labels: { trace_id: 'abc' }, at: 1_700_000_000_000, value: 0.5 }]);
    expect(second.sink.exemplars[0]?.series).toMatch(/^h\{/);
  });

  it('longer than 128 characters are left out', async () => {
    const text = `a_total 3 # {trace_id="${'x'.repeat(121)}"} 0.5\n# EOF\n`;
    const address = await serve(page(() => text, { 'content-type': openmetrics }));
    const { sink, interval } = await run(poolFor(address));
    await interval();
    expect([sink.of('a_total'), sink.exemplars]).toEqual([[3], []]);
  });
});

describe('start times', () => {
  const text = `# TYPE a counter
a_total{b="1"} 3
a_created{b="1"} 1600000000.5
a_total{b="2"} 4
a_created{b="2"} 1600000001
# TYPE g gauge
g_created 7
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_created 1600000002
h_count 2
h_sum 2
# EOF
`;
  const started = async (mode: string, extra = '') => {
    const address = await serve(page(() => text, { 'content-type': openmetrics }));
    const running = await run(`scrape: { start_timestamps: ${mode} }\n${poolFor(address, extra)}`);
    await running.interval();
    await running.interval();
    return running.sink;
  };

  it('are series of their own by default, as in Prometheus', async () => {
    const sink = await started('ignore');
    expect(sink.of('a_created')).toEqual([1600000000.5, 1600000001, 1600000000.5, 1600000001]);
    expect(sink.starts).toEqual([]);
  });

  it('go along with their samples when they are stored', async () => {
    const sink = await started('store');
    const starts = sink.starts.slice(0, sink.starts.length / 2);
    expect(starts.map(({ series, start }) => [series.split('{')[0], start])).toEqual([
      ['a_total', 1_600_000_000_500],
      ['a_total', 1_600_000_001_000],
      ['h_bucket', 1_600_000_002_000],
      ['h_bucket', 1_600_000_002_000],
      ['h_count', 1_600_000_002_000],
      ['h_sum', 1_600_000_002_000],
    ]);
    expect([sink.of('a_created'), sink.of('h_created'), sink.of('g_created')]).toEqual([[], [], [7, 7]]);
    expect(sink.of('scrape_samples_scraped')).toEqual([7, 7]);
    expect(sink.of('scrape_series_added')).toEqual([7, 0]);
  });

  it('give one zero before the first sample when that is wanted', async () => {
    const sink = await started('zero');
    const rows = sink.rows.filter(({ series }) => series.startsWith('a_total{b="1"'));
    expect(rows.map(({ at, value }) => [at === 1_600_000_000_500, value])).toEqual([
      [false, 3],
      [true, 0],
      [false, 3],
    ]);
  });

  it('belong to converted and to protobuf histograms too', async () => {
    const converted = await started('store', '    convert_classic_histograms_to_nhcb: true\n');
    expect(converted.histograms.map(({ series, start }) => [series.split('{')[0], start])).toContainEqual([
      'h',
      1_600_000_002_000,
    ]);
    const address = await serve(
      page(() => histogramPage(8, { startSeconds: 1_600_000_000 }), { 'content-type': protobuf }),
    );
    const { sink, interval } = await run(`scrape: { start_timestamps: zero }\n${poolFor(address, native)}`);
    await interval();
    await interval();
    expect(sink.histograms.map(({ at, start, value }) => [at === start, value.count])).toEqual([
      [true, 0],
      [false, 8],
      [false, 8],
    ]);
  });
});

describe('names and label values', () => {
  it('UTF-8 names are stored, and refused where the legacy alphabet is asked for', async () => {
    const address = await serve(page(() => '{"my.metric","a b"="1"} 1\n'));
    const utf8 = await run(poolFor(address));
    await utf8.interval();
    expect(utf8.sink.rows[0]?.series).toMatch(/^my\.metric\{a b="1"/);
    const legacy = await run(poolFor(address, '    metric_name_validation_scheme: legacy\n'));
    await legacy.interval();
    expect((await legacy.target())['lastError']).toContain('"my.metric" is not a metric name of the legacy alphabet');
  });

  it('bounds and quantiles have one spelling', async () => {
    const text =
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1000000"} 1\nh_bucket{le="+inf"} 1\n# TYPE s summary\ns{quantile="1"} 2\ns{quantile=".5"} 2\n# TYPE g gauge\ng{le="1"} 1\n';
    const address = await serve(page(() => text));
    const { sink, interval } = await run(poolFor(address));
    await interval();
    const values = sink.rows.map(({ series }) => /(?:le|quantile)="([^"]*)"/.exec(series)?.[1]).slice(0, 6);
    expect(values).toEqual(['1.0', '1e+06', '+Inf', '1.0', '0.5', '1']);
  });
});

describe('a TYPE line that comes and goes', () => {
  it('changes the spelling of bounds, and the series of the other spelling ends', async () => {
    const rows = 'h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\n';
    const pages = [`# TYPE h histogram\n${rows}`, rows, rows, `# TYPE h histogram\n${rows}`];
    let next = 0;
    const { sink, interval } = await run(poolFor(await serve(page(() => pages[next++] as string))));
    for (let i = 0; i < 4; i++) await interval();
    const spelled = (bound: string): unknown[] =>
      sink.rows.filter(({ series }) => series.includes(`le="${bound}"`)).map(({ value }) => value);
    expect(spelled('1.0')).toEqual([1, 'stale', 1]);
    expect(spelled('1')).toEqual([1, 1, 'stale']);
    expect(spelled('+Inf')).toEqual([1, 1, 1, 1]);
  });
});

describe('long pages', () => {
  const long = (rows: number): string =>
    Array.from({ length: rows }, (_, i) => `a{path="/some/long/path/${i}"} ${i}\n`).join('');

  it('are one batch, while other targets are scraped in between', async () => {
    const slow = await serve(page(() => long(40_000)));
    const { sink, interval } = await run(poolFor(slow));
    await interval();
    expect(sink.of('up')).toEqual([1]);
    expect(sink.of('a')).toHaveLength(40_000);
    expect(sink.batches).toEqual([40_005]);
    await interval();
    expect(sink.of('scrape_series_added')).toEqual([40_000, 0]);
  });

  it('that turn out bad at the end count for nothing, and the series of the page before end', async () => {
    const pages = ['a{x="1"} 1\n', `${long(40_000)}broken\n`];
    let next = 0;
    const address = await serve(page(() => pages[next++] ?? ''));
    const { sink, interval, target } = await run(poolFor(address));
    await interval();
    await interval();
    expect((await target())['lastError']).toMatch(/^line 40001, column 7/);
    expect(sink.of('a')).toEqual([1, 'stale']);
    expect(sink.of('up')).toEqual([1, 0]);
  });

  it('sample_limit names the label to blame', async () => {
    const address = await serve(page(() => `b 1\n${long(20_000)}`));
    const { interval, target } = await run(poolFor(address, '    sample_limit: 100\n'));
    await interval();
    expect((await target())['lastError']).toBe(
      'sample_limit exceeded: 20001 samples after relabelling, limit 100; most are a (20000), whose label "path" has 20000 values',
    );
  });
});
