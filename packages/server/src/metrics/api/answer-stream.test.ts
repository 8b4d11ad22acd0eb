import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { MetadataSource, QueryEngine, SelectRequest, SeriesSet } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { READER_STALL_MAX_MS, sendChunks } from '../../base/answer-stream.ts';
import { metricsApi } from './index.ts';

class Store extends MemorySelector implements MetadataSource {
  metadata(): ReturnType<MetadataSource['metadata']> {
    return new Map();
  }
}

const apps: FastifyInstance[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function listen(app: FastifyInstance): Promise<number> {
  apps.push(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function ask(port: number, path: string, headers = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n`);
  return socket;
}

/** Chunks without end, and how many were made. */
function endless(): { readonly chunks: Generator<string, undefined>; readonly made: () => number } {
  let made = 0;
  const piece = 'x'.repeat(64 * 1024);
  return {
    chunks: (function* () {
      for (;;) {
        made++;
        yield piece;
      }
    })(),
    made: () => made,
  };
}

/** The most that the kernel and Node keep of a stream whose reader stands still, in chunks of 64 KiB. */
const BUFFERED_CHUNKS_MAX = 200;

async function settled(made: () => number): Promise<number> {
  for (let before = -1; before !== made();) {
    before = made();
    await sleep(100);
  }
  return made();
}

describe('a large answer', () => {
  it('is made only as fast as it is read, and cut off when the reader stalls', async () => {
    const clock = new VirtualClock();
    const { chunks, made } = endless();
    const app = fastify();
    app.get('/', (request, reply) => sendChunks(request, reply, clock, chunks));
    const socket = await ask(await listen(app), '/');
    await once(socket, 'data');
    socket.pause();
    const standing = await settled(made);
    expect(standing).toBeLessThan(BUFFERED_CHUNKS_MAX);
    await clock.advance(READER_STALL_MAX_MS - 1);
    expect(socket.destroyed).toBe(false);
    socket.resume();
    await expect.poll(made).toBeGreaterThan(standing + 100);
    socket.pause();
    await settled(made);
    const closed = once(socket, 'close');
    await clock.advance(READER_STALL_MAX_MS);
    socket.on('error', () => undefined);
    socket.resume();
    await closed;
    const end = made();
    await sleep(50);
    expect(made()).toBe(end);
  });

  it('is no longer made when the client leaves', async () => {
    const { chunks, made } = endless();
    const app = fastify();
    app.get('/', (request, reply) => sendChunks(request, reply, new VirtualClock(), chunks));
    const socket = await ask(await listen(app), '/');
    await once(socket, 'data');
    socket.destroy();
    const end = await settled(made);
    await sleep(50);
    expect(made()).toBe(end);
  });

  it('is compressed for readers on other machines only', async () => {
    const app = fastify({ trustProxy: true });
    app.get('/', (request, reply) =>
      sendChunks(request, reply, new VirtualClock(), ['a'.repeat(1_000), 'b'][Symbol.iterator]()),
    );
    apps.push(app);
    const get = (from: string, encoding: string): ReturnType<FastifyInstance['inject']> =>
      app.inject({ url: '/', headers: { 'x-forwarded-for': from, 'accept-encoding': encoding } }) as never;
    const far = await get('192.0.2.7', 'deflate, gzip;q=0.8');
    expect(far.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(far.rawPayload).toString()).toBe(`${'a'.repeat(1_000)}b`);
    for (const [from, encoding] of [
      ['127.0.0.1', 'gzip'],
      ['192.0.2.7', 'gzip;q=0'],
      ['192.0.2.7', 'br'],
    ] as const)
      expect((await get(from, encoding)).headers['content-encoding']).toBeUndefined();
  });

  it('is answered to HEAD without a body', async () => {
    const store = new Store();
    for (let i = 0; i < 2_000; i++)
      store.add(Labels.fromObject({ __name__: 'wide', id: `series-${i}`, pad: 'x'.repeat(50) }), 0, i);
    const app = fastify();
    apps.push(app);
    const clock = new VirtualClock(0);
    await app.register(metricsApi({ engine: openQueryEngine({ selector: store, clock }), store, clock }));
    const head = await app.inject({ method: 'HEAD', url: '/api/v1/query?query=wide&time=0' });
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });
});

describe('a client that leaves', () => {
  it('cancels its query while the store reads for it', async () => {
    const reasons: unknown[] = [];
    let reading = false;
    class Slow extends Store {
      override select(_request: SelectRequest, signal: AbortSignal): Promise<SeriesSet> {
        reading = true;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          });
        });
      }
    }
    const store = new Slow();
    const clock = new VirtualClock(0);
    const app = fastify();
    await app.register(metricsApi({ engine: openQueryEngine({ selector: store, clock }), store, clock }));
    const socket = await ask(await listen(app), '/api/v1/query?query=up');
    await expect.poll(() => reading).toBe(true);
    socket.destroy();
    await expect.poll(() => reasons).toMatchObject([{ code: 'QUERY_CANCELLED' }]);
  });

  it('cancels its query while it is evaluated: the engine stops between two turns', async () => {
    const store = new Store();
    for (let i = 0; i < 300; i++)
      for (let k = 0; k < 200; k++) store.add(Labels.fromObject({ __name__: 'm', i: String(i) }), k * 1_000, k);
    // Every look at the clock costs a turn's worth of time, so that the engine gives way all the time.
    const clock = new (class extends VirtualClock {
      #looks = 0;
      override monotonicMs(): number {
        return this.#looks++ * 100;
      }
    })(200_000);
    const real = openQueryEngine({ selector: store, clock });
    const outcomes: string[] = [];
    const engine: QueryEngine = {
      instant: (...args) => real.instant(...args),
      range: async (...args) => {
        outcomes.push('started');
        try {
          return await real.range(...args);
        } catch (error) {
          outcomes.push((error as { readonly code?: string }).code ?? String(error));
          throw error;
        }
      },
    };
    const app = fastify();
    await app.register(metricsApi({ engine, store, clock }));
    const port = await listen(app);
    const heavy = encodeURIComponent('sum(quantile_over_time(0.5, m[200s])) + sum(stddev_over_time(m[200s]))');
    const socket = await ask(port, `/api/v1/query_range?query=${heavy}&start=0&end=200&step=0.02`);
    await expect.poll(() => outcomes).toEqual(['started']);
    socket.destroy();
    await expect.poll(() => outcomes).toEqual(['started', 'QUERY_CANCELLED']);
  });
});
