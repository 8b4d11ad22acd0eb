import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '@vedette/wire/histogram';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { ExemplarSource, LabelRequest, MetadataSource, QueryEngine, QueryResult } from '../../model/ports.ts';
import { STALE_NAN } from '../../model/stale.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { type MetricsApiDeps, metricsApi } from './index.ts';

const NOW = 1_700_000_000_000;

class Store extends MemorySelector implements MetadataSource {
  metadata(): ReturnType<MetadataSource['metadata']> {
    return new Map();
  }
}

const histogram = (overrides: Partial<NativeHistogram> = {}): NativeHistogram => ({
  schema: 0,
  counterResetHint: 'unknown',
  zeroThreshold: 0.25,
  zeroCount: 3,
  count: 10,
  sum: 18.4,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: Float64Array.of(1, 0, 4),
  negativeSpans: [{ offset: 1, length: 1 }],
  negativeBuckets: Float64Array.of(2),
  customValues: new Float64Array(),
  ...overrides,
});

const NOTES = { warnings: [], infos: [] };
const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function serve(deps: Partial<MetricsApiDeps> & { readonly store?: Store } = {}): Promise<FastifyInstance> {
  const clock = new VirtualClock(NOW);
  const store = deps.store ?? new Store();
  const app = fastify();
  apps.push(app);
  await app.register(metricsApi({ engine: openQueryEngine({ selector: store, clock }), clock, ...deps, store }));
  return app;
}

/** An engine that gives one answer, to see how it is written. */
function answering(result: QueryResult): QueryEngine {
  return {
    instant: async () => result,
    range: async () => {
      if (result.type !== 'matrix') throw new Error('no matrix');
      return result;
    },
  };
}

async function body(app: FastifyInstance, url: string): Promise<Record<string, unknown>> {
  return (await app.inject({ method: 'GET', url })).json();
}

describe('native histograms in answers', () => {
  const buckets = [
    [1, '-2', '-1', '2'],
    [3, '-0.25', '0.25', '3'],
    [0, '0.5', '1', '1'],
    [0, '2', '4', '4'],
  ];

  it('stand in place of the value of an instant sample', async () => {
    const labels = Labels.fromObject({ a: 'b' });
    const app = await serve({
      engine: answering({
        ...NOTES,
        type: 'vector',
        samples: [
          { labels, timestampMs: 1_500, value: 0, histogram: histogram() },
          {
            labels,
            timestampMs: 1_500,
            value: 0,
            histogram: histogram({
              count: 0,
              sum: 0,
              zeroCount: 0,
              positiveSpans: [],
              positiveBuckets: new Float64Array(),
              negativeSpans: [],
              negativeBuckets: new Float64Array(),
            }),
          },
          { labels, timestampMs: 1_500, value: 7 },
        ],
      }),
    });
    expect((await body(app, '/api/v1/query?query=x'))['data']).toEqual({
      resultType: 'vector',
      result: [
        { metric: { a: 'b' }, histogram: [1.5, { count: '10', sum: '18.4', buckets }] },
        { metric: { a: 'b' }, histogram: [1.5, { count: '0', sum: '0' }] },
        { metric: { a: 'b' }, value: [1.5, '7'] },
      ],
    });
  });

  it('stand beside the floats of a series, and alone where there are no floats', async () => {
    const histograms = { timestampMs: Float64Array.of(2_000), value: [histogram()] };
    const app = await serve({
      engine: answering({
        ...NOTES,
        type: 'matrix',
        series: [
          { labels: Labels.EMPTY, timestampMs: Float64Array.of(1_000), value: Float64Array.of(5), histograms },
          { labels: Labels.EMPTY, timestampMs: new Float64Array(), value: new Float64Array(), histograms },
        ],
      }),
    });
    const histogramsJson = [[2, { count: '10', sum: '18.4', buckets }]];
    expect((await body(app, '/api/v1/query_range?query=x&start=0&end=5&step=1'))['data']).toEqual({
      resultType: 'matrix',
      result: [
        { metric: {}, values: [[1, '5']], histograms: histogramsJson },
        { metric: {}, histograms: histogramsJson },
      ],
    });
  });
});

describe('statistics', () => {
  const result: QueryResult = {
    ...NOTES,
    type: 'scalar',
    timestampMs: 0,
    value: 1,
    stats: { samplesRead: 12, peakSamples: 7, parseMs: 1, selectMs: 2, evaluateMs: 3, samplesPerStep: [[1_500, 12]] },
  };

  it('are given when asked for, in seconds', async () => {
    const app = await serve({ engine: answering(result) });
    expect((await body(app, '/api/v1/query?query=x&stats=all'))['data']).toEqual({
      resultType: 'scalar',
      result: [0, '1'],
      stats: {
        timings: {
          evalTotalTime: 0.005,
          resultSortTime: 0,
          queryPreparationTime: 0.002,
          innerEvalTime: 0.003,
          execQueueTime: 0,
          execTotalTime: 0.006,
        },
        samples: {
          totalQueryableSamplesPerStep: [[1.5, 12]],
          totalQueryableSamples: 12,
          samplesRead: 12,
          peakSamples: 7,
        },
      },
    });
    expect((await body(app, '/api/v1/query?query=x'))['data']).not.toHaveProperty('stats');
  });

  it('of a value that Prometheus will refuse come with its warning', async () => {
    const app = await serve({ engine: answering(result) });
    const answer = await body(app, '/api/v1/query?query=x&stats=yes');
    expect(answer['data']).toHaveProperty('stats');
    expect(answer['warnings']).toEqual([
      'value "yes" for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"',
    ]);
  });
});

describe('parse_query', () => {
  const tree = async (query: string): Promise<unknown> =>
    (await body(await serve(), `/api/v1/parse_query?query=${encodeURIComponent(query)}`))['data'];

  it('gives the tree of a binary expression with its matching', async () => {
    expect(await tree('-a * on (x) group_left (y) (b @ end())')).toMatchObject({
      type: 'binaryExpr',
      op: '*',
      bool: false,
      lhs: {
        type: 'unaryExpr',
        op: '-',
        expr: { type: 'vectorSelector', name: 'a', timestamp: null, startOrEnd: null },
      },
      rhs: { type: 'parenExpr', expr: { type: 'vectorSelector', name: 'b', startOrEnd: 'end' } },
      matching: { card: 'many-to-one', labels: ['x'], on: true, include: ['y'], fillValues: { lhs: null, rhs: null } },
    });
  });

  it('gives aggregations, subqueries, calls and literals', async () => {
    expect(await tree('quantile by (a) (0.5, max_over_time(rate(x{y!~"z"}[5m])[1h:30s] offset 1m @ 5))')).toEqual({
      type: 'aggregation',
      op: 'quantile',
      grouping: ['a'],
      without: false,
      param: { type: 'numberLiteral', val: '0.5' },
      expr: {
        type: 'call',
        func: { name: 'max_over_time', argTypes: ['matrix'], variadic: 0, returnType: 'vector' },
        args: [
          {
            type: 'subquery',
            range: 3_600_000,
            rangeExpr: null,
            step: 30_000,
            stepExpr: null,
            offset: 60_000,
            offsetExpr: null,
            timestamp: 5_000,
            startOrEnd: null,
            expr: {
              type: 'call',
              func: { name: 'rate', argTypes: ['matrix'], variadic: 0, returnType: 'vector' },
              args: [
                {
                  type: 'matrixSelector',
                  name: 'x',
                  range: 300_000,
                  rangeExpr: null,
                  offset: 0,
                  offsetExpr: null,
                  matchers: [
                    { name: 'y', value: 'z', type: '!~' },
                    { name: '__name__', value: 'x', type: '=' },
                  ],
                  timestamp: null,
                  startOrEnd: null,
                  anchored: false,
                  smoothed: false,
                },
              ],
            },
          },
        ],
      },
    });
    expect(await tree('label_join(a, "b", ",", "c")')).toMatchObject({ func: { variadic: -1 } });
  });

  it('gives expressions of durations', async () => {
    expect(await tree('rate(x[(5m + step()) * 2])')).toMatchObject({
      args: [
        {
          rangeExpr: {
            type: 'durationExpr',
            op: '*',
            lhs: {
              type: 'durationExpr',
              op: '+',
              lhs: { type: 'numberLiteral', val: '300', duration: true },
              rhs: { type: 'durationExpr', op: 'step', lhs: null, rhs: null },
              wrapped: true,
            },
            rhs: { type: 'numberLiteral', val: '2', duration: false },
            wrapped: false,
          },
        },
      ],
    });
  });
});

describe('query_exemplars', () => {
  it('asks for every selector of the query and writes what it gets', async () => {
    const asked: Parameters<ExemplarSource['exemplars']>[0][] = [];
    const exemplars: ExemplarSource = {
      exemplars: async (request) => {
        asked.push(request);
        return [
          {
            series: Labels.fromObject({ __name__: 'a' }),
            exemplars: [{ labels: Labels.fromObject({ trace_id: 't' }), timestampMs: 1_500, value: 1e-7 }],
          },
        ];
      },
    };
    const app = await serve({ exemplars });
    const answer = await body(app, '/api/v1/query_exemplars?query=rate(a[5m])/b&start=1&end=2');
    expect(answer).toEqual({
      status: 'success',
      data: [
        { seriesLabels: { __name__: 'a' }, exemplars: [{ labels: { trace_id: 't' }, value: '1e-07', timestamp: 1.5 }] },
      ],
    });
    expect(asked).toHaveLength(1);
    expect([asked[0]?.startMs, asked[0]?.endMs]).toEqual([1_000, 2_000]);
    expect(asked[0]?.matcherSets.map((set) => set.map(({ value }) => value))).toEqual([['a'], ['b']]);
    expect((await body(app, '/api/v1/query_exemplars?query=a&start=2&end=1'))['errorType']).toBe('bad_data');
  });
});

describe('the admin API', () => {
  const url = '/api/v1/admin/tsdb/delete_series?match[]=a&match[]=b&start=1&end=2';

  it('is refused, naming the key that allows it', async () => {
    const app = await serve();
    const answer = await app.inject({ method: 'POST', url });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      status: 'error',
      errorType: 'unavailable',
      error: expect.stringContaining('http.admin_api: true') as string,
    });
  });

  it.each(['POST', 'PUT'] as const)('%s deletes what it is told to', async (method) => {
    const deleted: LabelRequest[] = [];
    let cleaned = 0;
    const eraser = {
      cleanTombstones: async () => {
        cleaned++;
      },
      deleteSeries: async (request: LabelRequest) => {
        deleted.push(request);
        return 2;
      },
    };
    const app = await serve({ adminApi: true, eraser });
    expect((await app.inject({ method, url })).statusCode).toBe(204);
    expect(deleted).toMatchObject([{ startMs: 1_000, endMs: 2_000 }]);
    expect(deleted[0]?.matcherSets).toHaveLength(2);
    expect((await app.inject({ method, url: '/api/v1/admin/tsdb/delete_series' })).statusCode).toBe(400);
    expect((await app.inject({ method, url: '/api/v1/admin/tsdb/clean_tombstones' })).statusCode).toBe(204);
    expect(cleaned).toBe(1);
    expect((await app.inject({ method, url: '/api/v1/admin/tsdb/snapshot' })).json()).toMatchObject({
      error: expect.stringContaining('snapshots are not made') as string,
    });
  });
});

describe('federation', () => {
  function filled(): Store {
    const store = new Store();
    store.add(Labels.fromObject({ __name__: 'b', instance: 'x', site: 'own' }), NOW - 1_000, 2);
    store.add(Labels.fromObject({ __name__: 'a', camera: 'q"\\\n', 'lens.type': 'wide' }), NOW - 5_000, 1);
    store.add(Labels.fromObject({ __name__: 'a', camera: 'q"\\\n', 'lens.type': 'wide' }), NOW - 2_000, 1e-7);
    store.add(Labels.fromObject({ __name__: 'gone' }), NOW - 2_000, 1);
    store.add(Labels.fromObject({ __name__: 'gone' }), NOW - 1_000, STALE_NAN);
    store.add(Labels.fromObject({ __name__: 'old' }), NOW - 400_000, 1);
    store.add(Labels.fromObject({ __name__: 'später' }), NOW, Infinity);
    store.addHistogram(Labels.fromObject({ __name__: 'native' }), NOW, histogram());
    store.addHistogram(
      Labels.fromObject({ __name__: 'custom' }),
      NOW,
      histogram({
        schema: CUSTOM_BUCKETS_SCHEMA,
        zeroThreshold: 0,
        zeroCount: 0,
        count: 6,
        positiveSpans: [
          { offset: 0, length: 1 },
          { offset: 1, length: 1 },
        ],
        positiveBuckets: Float64Array.of(2, 4),
        negativeSpans: [],
        negativeBuckets: new Float64Array(),
        customValues: Float64Array.of(0.5, 1),
      }),
    );
    return store;
  }

  const url = `/federate?match[]=${encodeURIComponent('{__name__=~".+"}')}&match[]=a`;

  it('gives the newest sample of each series, families together, with the external labels', async () => {
    const app = await serve({ store: filled(), externalLabels: () => ({ site: 'north' }) });
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
    expect(answer.body.split('\n')).toEqual([
      '# TYPE a untyped',
      `a{camera="q\\"\\\\\\n",lens_type="wide",site="north",instance=""} 1e-07 ${NOW - 2_000}`,
      '# TYPE b untyped',
      `b{instance="x",site="own"} 2 ${NOW - 1_000}`,
      '# TYPE custom histogram',
      `custom_bucket{site="north",instance="",le="0.5"} 2 ${NOW}`,
      `custom_bucket{site="north",instance="",le="1"} 2 ${NOW}`,
      `custom_bucket{site="north",instance="",le="+Inf"} 6 ${NOW}`,
      `custom_sum{site="north",instance=""} 18.4 ${NOW}`,
      `custom_count{site="north",instance=""} 6 ${NOW}`,
      '# TYPE sp_ter untyped',
      `sp_ter{site="north",instance=""} +Inf ${NOW}`,
      '',
    ]);
  });

  it('writes names in full for readers that say they understand them', async () => {
    const app = await serve({ store: filled() });
    const headers = { accept: 'text/plain;version=1.0.0;escaping=allow-utf-8' };
    const answer = await app.inject({ method: 'GET', url: '/federate?match[]=%7B%22sp%C3%A4ter%22%7D', headers });
    expect(answer.body).toBe(`# TYPE "später" untyped\n{"später",instance=""} +Inf ${NOW}\n`);
  });

  it('without match[] is empty; a wrong selector is told in plain words', async () => {
    const app = await serve({ store: filled() });
    expect((await app.inject({ method: 'GET', url: '/federate' })).body).toBe('');
    const wrong = await app.inject({ method: 'GET', url: '/federate?match[]=a%5B' });
    expect([wrong.statusCode, wrong.headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(wrong.body).toContain('parse error');
  });
});
