import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { MetadataSource, SeriesSelector } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { metricsApi } from './index.ts';

const START = 1_700_000_000;

class Store extends MemorySelector implements MetadataSource {
  metadata(metric?: string): ReturnType<MetadataSource['metadata']> {
    const all = new Map([
      ['camera_fps', [{ name: 'camera_fps', type: 'gauge', help: 'Frames per second.', unit: '' }]],
      ['up', [{ name: 'up', type: 'gauge', help: '', unit: '' }]],
    ] as const);
    return new Map([...all].filter(([name]) => metric === undefined || name === metric));
  }
}

describe('the Prometheus HTTP API', () => {
  let app: FastifyInstance;
  let store: Store;

  beforeEach(async () => {
    store = new Store();
    for (let i = 0; i <= 60; i++) {
      store.add(
        Labels.fromObject({ __name__: 'camera_fps', camera_id: 'a', 'lens.type': 'wide' }),
        (START + i * 5) * 1000,
        25 + i / 10,
      );
      store.add(Labels.fromObject({ __name__: 'camera_fps', camera_id: 'b' }), (START + i * 5) * 1000, 12);
    }
    app = await serve(store);
  });

  afterEach(async () => {
    await app.close();
  });

  async function serve(selector: SeriesSelector & MetadataSource): Promise<FastifyInstance> {
    const clock = new VirtualClock((START + 300) * 1000);
    const server = fastify();
    const engine = openQueryEngine({ selector, clock });
    await server.register(
      metricsApi({
        engine,
        store: selector,
        clock,
        status: { version: '0.1.0', flags: () => ({ listen: '127.0.0.1:9600' }) },
      }),
    );
    return server;
  }

  async function get(url: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const answer = await app.inject({ method: 'GET', url });
    return { status: answer.statusCode, body: answer.json() };
  }

  it('answers an instant query with values as Prometheus writes them', async () => {
    const { status, body } = await get(
      `/api/v1/query?query=camera_fps%7Bcamera_id%3D%22b%22%7D%20*%201e21&time=${START}.5`,
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: { camera_id: 'b' }, value: [START + 0.5, '1.2e+22'] }] },
    });
  });

  it('answers scalars and strings', async () => {
    expect((await get('/api/v1/query?query=1/0&time=5')).body['data']).toEqual({
      resultType: 'scalar',
      result: [5, '+Inf'],
    });
    expect((await get('/api/v1/query?query=%22a%22&time=5')).body['data']).toEqual({
      resultType: 'string',
      result: [5, 'a'],
    });
  });

  it('takes the current time when no time is given', async () => {
    const { body } = await get('/api/v1/query?query=time()');
    expect(body['data']).toEqual({ resultType: 'scalar', result: [START + 300, String(START + 300)] });
  });

  it('takes forms, RFC 3339 times and Prometheus durations for a range query', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/query_range',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        query: 'camera_fps{camera_id="a"}',
        start: new Date(START * 1000).toISOString(),
        end: String(START + 60),
        step: '30s',
      }).toString(),
    });
    expect(answer.json()).toEqual({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'camera_fps', camera_id: 'a', 'lens.type': 'wide' },
            values: [
              [START, '25'],
              [START + 30, '25.6'],
              [START + 60, '26.2'],
            ],
          },
        ],
      },
    });
  });

  it('says where a query is wrong and how to write it', async () => {
    const { status, body } = await get(`/api/v1/query?query=${encodeURIComponent('rate(x[5m]) by (camera_id)')}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      status: 'error',
      errorType: 'bad_data',
      error: 'invalid parameter "query": 1:13: parse error: unexpected <by>',
      details: { start: 12, end: 14, fix: 'sum by (camera_id) (rate(x[5m]))' },
    });
  });

  it.each([
    ['/api/v1/query', 400, 'bad_data'],
    ['/api/v1/query?query=up&time=yesterday', 400, 'bad_data'],
    ['/api/v1/query?query=up&timeout=-1', 400, 'bad_data'],
    ['/api/v1/query?query=label_replace(up,%22%22,%22%22,%22%22,%22%22)', 422, 'execution'],
    ['/api/v1/query_range?query=up&start=10&end=5&step=1', 400, 'bad_data'],
    ['/api/v1/query_range?query=up&start=0&end=5&step=0', 400, 'bad_data'],
    ['/api/v1/query_range?query=up&start=0&end=11001&step=1', 400, 'bad_data'],
    ['/api/v1/query_range?query=up%5B5m%5D&start=0&end=5&step=1', 400, 'bad_data'],
    ['/api/v1/series', 400, 'bad_data'],
    ['/api/v1/series?match[]=%7B%7D', 400, 'bad_data'],
    ['/api/v1/label/U__bad_zz_/values', 400, 'bad_data'],
    ['/api/v1/labels?limit=x', 400, 'bad_data'],
  ])('%s is refused with %i %s', async (url, status, errorType) => {
    const answer = await get(url);
    expect([answer.status, answer.body['errorType']]).toEqual([status, errorType]);
    expect(answer.body['error']).toBeTypeOf('string');
  });

  it('lists series, label names and values, also of UTF-8 names', async () => {
    expect((await get('/api/v1/series?match[]=camera_fps%7Bcamera_id=%22b%22%7D')).body['data']).toEqual([
      { __name__: 'camera_fps', camera_id: 'b' },
    ]);
    expect((await get('/api/v1/labels')).body['data']).toEqual(['__name__', 'camera_id', 'lens.type']);
    expect((await get('/api/v1/label/camera_id/values')).body['data']).toEqual(['a', 'b']);
    expect((await get('/api/v1/label/U__lens_2e_type/values')).body['data']).toEqual(['wide']);
    expect((await get(`/api/v1/label/camera_id/values?end=${START - 10}`)).body['data']).toEqual([]);
  });

  it('says when a limit cut the answer', async () => {
    expect((await get('/api/v1/label/camera_id/values?limit=1')).body).toEqual({
      status: 'success',
      data: ['a'],
      warnings: ['results truncated due to limit'],
    });
    const { body } = await get('/api/v1/query?query=camera_fps&limit=1');
    expect(body['warnings']).toEqual(['results truncated due to limit']);
  });

  it('gives metadata, formatting and status', async () => {
    expect((await get('/api/v1/metadata?metric=camera_fps')).body['data']).toEqual({
      camera_fps: [{ type: 'gauge', help: 'Frames per second.', unit: '' }],
    });
    expect((await get('/api/v1/format_query?query=sum(up)by(job)')).body['data']).toBe('sum by (job) (up)');
    expect((await get('/api/v1/status/buildinfo')).body['data']).toMatchObject({
      revision: 'vedette-0.1.0',
    });
    expect((await get('/api/v1/status/flags')).body['data']).toEqual({ listen: '127.0.0.1:9600' });
  });

  it('gives warnings beside the data', async () => {
    const { body } = await get('/api/v1/query?query=histogram_quantile(0.9,camera_fps)');
    expect(body['warnings']).toEqual([
      'PromQL warning: bucket label "le" is missing or has a malformed value of "" (1:24)',
    ]);
    expect(body['data']).toEqual({ resultType: 'vector', result: [] });
  });

  it('streams a large answer whole', async () => {
    for (let i = 0; i < 2_000; i++) {
      store.add(Labels.fromObject({ __name__: 'wide', id: `series-${i}`, pad: 'x'.repeat(50) }), START * 1000, i);
    }
    const { body } = await get(`/api/v1/query?query=wide&time=${START}`);
    expect((body['data'] as { readonly result: readonly unknown[] }).result).toHaveLength(2_000);
  });
});

describe('a full query queue', () => {
  it('is answered with 503 and a time to come back, and recovers', async () => {
    const clock = new VirtualClock();
    const releases: (() => void)[] = [];
    const store = new (class extends Store {
      override async select(...args: Parameters<Store['select']>): ReturnType<Store['select']> {
        await new Promise<void>((resolve) => {
          releases.push(resolve);
        });
        return super.select(...args);
      }
    })();
    const app = fastify();
    const engine = openQueryEngine({ selector: store, clock });
    await app.register(metricsApi({ engine, store, clock }, { concurrencyMax: 1, waitingMax: 1 }));
    const ask = (): Promise<{ readonly statusCode: number; readonly headers: Record<string, unknown> }> =>
      app.inject({ method: 'GET', url: '/api/v1/query?query=up' });
    const first = ask();
    await expect.poll(() => releases.length).toBe(1);
    const second = ask();
    await clock.settle(10);
    const third = await ask();
    expect(third.statusCode).toBe(503);
    expect(third.headers['retry-after']).toBe('5');
    releases[0]?.();
    expect((await first).statusCode).toBe(200);
    await expect.poll(() => releases.length).toBe(2);
    releases[1]?.();
    expect((await second).statusCode).toBe(200);
    await app.close();
  });
});
