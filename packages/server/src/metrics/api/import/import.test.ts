import { gzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { VedetteError } from '../../../base/errors.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { AppendResult, MetadataSource, SampleSink } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { MemorySelector, openQueryEngine } from '../../query/index.ts';
import { metricsApi } from '../index.ts';
import { LINE_BYTES_MAX, SampleImporter } from './sample-importer.ts';

const NOW = 1_700_000_000_000;
const NEVER = new AbortController().signal;

class Sink implements SampleSink {
  readonly batches: SampleBatch[] = [];
  rejecting: AppendResult['rejected'] = [];

  async append(batch: SampleBatch): Promise<AppendResult> {
    this.batches.push(batch);
    const rejectedCount = this.rejecting.length;
    return { accepted: batch.value.length - rejectedCount, rejected: this.rejecting, rejectedCount };
  }

  get rows(): [series: string, timestampMs: number, value: number][] {
    return this.batches.flatMap((batch) =>
      [...batch.value].map((value, row): [string, number, number] => [
        String(batch.series[batch.seriesIndex[row] as number]),
        batch.timestampMs[row] as number,
        value,
      ]),
    );
  }
}

async function importAll(
  sink: SampleSink,
  pieces: readonly (string | Uint8Array)[],
  options: Partial<ConstructorParameters<typeof SampleImporter>[1]> = {},
): Promise<SampleImporter['result']> {
  const importer = new SampleImporter(
    { sink, clock: new VirtualClock(NOW) },
    { format: 'text', signal: NEVER, ...options },
  );
  for (const piece of pieces) await importer.push(Buffer.from(piece));
  return importer.finish();
}

describe('importing', () => {
  it('stores times, values, extra labels and what describes the metrics', async () => {
    const sink = new Sink();
    const result = await importAll(
      sink,
      [
        '# TYPE a counter\n# HELP a Apples.\na{x="1"} 5 1000\na{x="1"} 6 20',
        '00\n\nb 7\n# any comment\nb{site="own"} 8',
      ],
      { extraLabels: [['site', 'north']] },
    );
    expect(result).toEqual({ lines: 8, stored: 4, refused: 0, reasons: [] });
    expect(sink.rows).toEqual([
      ['a{site="north", x="1"}', 1_000, 5],
      ['a{site="north", x="1"}', 2_000, 6],
      ['b{site="north"}', NOW, 7],
      ['b{site="north"}', NOW, 8],
    ]);
    expect(sink.batches[0]?.metadata).toEqual([{ name: 'a', type: 'counter', help: 'Apples.', unit: '' }]);
  });

  it('reads OpenMetrics in seconds, with exemplars, one document after the other', async () => {
    const sink = new Sink();
    const page = '# TYPE a counter\na_total{x="1"} 5 1.5 # {trace_id="t"} 0.5 1.25\n# EOF\n';
    expect(await importAll(sink, [page, page.replace('1.5', '2.5')], { format: 'openmetrics' })).toMatchObject({
      lines: 6,
      stored: 2,
    });
    expect(sink.rows).toEqual([
      ['a_total{x="1"}', 1_500, 5],
      ['a_total{x="1"}', 2_500, 5],
    ]);
    expect(sink.batches[0]?.exemplars).toMatchObject([{ seriesIndex: 0, timestampMs: 1_250, value: 0.5 }]);
  });

  it('gives the same however the bytes are cut', async () => {
    // Long lines: several blocks of them, and few samples to compare.
    const pad = 'p'.repeat(300);
    const lines = Array.from({ length: 2_000 }, (_, i) => `m{i="${i % 7}","ü"="é${i}",pad="${pad}"} ${i} ${i * 1_000}`);
    for (const format of ['text', 'openmetrics'] as const) {
      const whole = Buffer.from(`${lines.join('\n')}\n${format === 'openmetrics' ? '# EOF\n' : ''}`);
      const expected = new Sink();
      await importAll(expected, [whole], { format });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 20 }), async (cuts) => {
          const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
          const sink = new Sink();
          const pieces = places.slice(1).map((end, i) => whole.subarray(places[i], end));
          await importAll(sink, pieces, { format });
          expect(sink.rows).toEqual(expected.rows);
        }),
        { numRuns: 6 },
      );
    }
  });

  it('in many blocks names the faulty line and keeps what stood before it', async () => {
    const line = (i: number): string =>
      `metric_with_a_long_name{camera_id="camera-${i % 50}",site="north"} ${i} ${i}\n`;
    const text = Array.from({ length: 40_000 }, (_, i) => (i === 30_000 ? 'broken{ 1\n' : line(i)));
    const sink = new Sink();
    await expect(importAll(sink, text)).rejects.toMatchObject({
      code: 'INGEST_INVALID',
      message: expect.stringMatching(/^line 30001, column \d+: .*; the 30000 samples before it are stored$/) as string,
      details: { line: 30_001, stored: 30_000 },
    });
    expect(sink.rows).toHaveLength(30_000);
    expect(sink.batches.length).toBeGreaterThan(5);
  });

  it('says that OpenMetrics was cut off, and that a line is endless', async () => {
    await expect(importAll(new Sink(), ['a 1\n'], { format: 'openmetrics' })).rejects.toThrow(/ends without # EOF/);
    const sink = new Sink();
    const importer = new SampleImporter({ sink, clock: new VirtualClock(NOW) }, { format: 'text', signal: NEVER });
    const pushed = (async () => {
      for (let i = 0; i < 100; i++) await importer.push(Buffer.alloc(64 * 1024, 'x'));
    })();
    await expect(pushed).rejects.toThrow(`longer than ${LINE_BYTES_MAX} bytes`);
  });

  it('counts what the store refuses', async () => {
    const sink = new Sink();
    sink.rejecting = [{ row: 0, reason: 'too-old' }];
    expect(await importAll(sink, ['a 1 1\na 2 2\n'])).toEqual({
      lines: 2,
      stored: 1,
      refused: 1,
      reasons: ['too-old'],
    });
  });

  it('waits while the store is full, and gives up after a minute', async () => {
    const clock = new VirtualClock(NOW);
    let full = true;
    const good = new Sink();
    const sink: SampleSink = {
      append: (batch) =>
        full ? Promise.reject(new VedetteError('INGEST_OVERLOADED', 'the write queue is full')) : good.append(batch),
    };
    const run = async (): Promise<SampleImporter['result']> => {
      const importer = new SampleImporter({ sink, clock }, { format: 'text', signal: NEVER });
      await importer.push(Buffer.from('a 1 1\n'));
      return importer.finish();
    };
    const patient = run();
    await clock.advance(5_000);
    full = false;
    await clock.advance(1_000);
    expect(await patient).toMatchObject({ stored: 1 });
    full = true;
    const failing = expect(run()).rejects.toMatchObject({ code: 'INGEST_OVERLOADED' });
    await clock.advance(61_000);
    await failing;
  });

  it('never holds more than a few batches on their way', async () => {
    let held = 0;
    let most = 0;
    const sink: SampleSink = {
      append: async (batch) => {
        most = Math.max(most, ++held);
        await new Promise(setImmediate);
        await new Promise(setImmediate);
        held--;
        return { accepted: batch.value.length, rejected: [], rejectedCount: 0 };
      },
    };
    const text = Array.from({ length: 100_000 }, (_, i) => `metric_with_a_name{camera="${i % 50}"} ${i} ${i}\n`).join(
      '',
    );
    expect((await importAll(sink, [text])).stored).toBe(100_000);
    expect(most).toBe(4);
  });

  it('survives any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('a 1 1', 'a{b="c"} 2', '# EOF', '# TYPE a gauge'))),
        fc.constantFrom('text' as const, 'openmetrics' as const),
        async (lines, format) => {
          try {
            await importAll(new Sink(), [lines.join('\n')], { format });
          } catch (error) {
            expect(error).toMatchObject({ code: 'INGEST_INVALID' });
          }
        },
      ),
    );
  });
});

describe('POST /api/v1/import', () => {
  const apps: FastifyInstance[] = [];

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  async function serve(sink: SampleSink): Promise<FastifyInstance> {
    const store = new (class extends MemorySelector implements MetadataSource {
      metadata(): ReturnType<MetadataSource['metadata']> {
        return new Map();
      }
    })();
    const clock = new VirtualClock(NOW);
    const app = fastify({ bodyLimit: 1_000 });
    apps.push(app);
    await app.register(metricsApi({ engine: openQueryEngine({ selector: store, clock }), store, clock, sink }));
    return app;
  }

  const text = { 'content-type': 'text/plain' };

  it('takes bodies beyond the usual limit, compressed ones too, and answers what it stored', async () => {
    const sink = new Sink();
    const app = await serve(sink);
    const page = Array.from({ length: 1_000 }, (_, i) => `a{i="${i}"} ${i} ${i}\n`).join('');
    const url = '/api/v1/import/prometheus?extra_label=site%3Dnorth&extra_label=x%3Dy';
    const plain = await app.inject({ method: 'POST', url, headers: text, payload: page });
    expect([plain.statusCode, plain.json()]).toEqual([
      200,
      { status: 'success', data: { lines: 1_000, stored: 1_000, refused: 0 } },
    ]);
    const headers = { ...text, 'content-encoding': 'gzip' };
    const zipped = await app.inject({ method: 'POST', url: '/api/v1/import', headers, payload: gzipSync(page) });
    expect(zipped.json()).toMatchObject({ data: { stored: 1_000 } });
    expect(sink.rows[7]).toEqual(['a{i="7", site="north", x="y"}', 7, 7]);
  });

  it('reads OpenMetrics when the content type or the format says so', async () => {
    const sink = new Sink();
    const app = await serve(sink);
    const payload = 'a 1 5\n# EOF\n';
    const headers = { 'content-type': 'application/openmetrics-text; version=1.0.0' };
    await app.inject({ method: 'POST', url: '/api/v1/import', headers, payload });
    await app.inject({ method: 'POST', url: '/api/v1/import?format=openmetrics', headers: text, payload });
    expect(sink.rows.map(([, at]) => at)).toEqual([5_000, 5_000]);
  });

  it.each<[name: string, url: string, headers: Record<string, string>, payload: string, words: RegExp]>([
    ['a wrong line', '', text, 'a 1 1\nb c\n', /^line 2, column 3: .* the 1 samples before it are stored$/],
    ['JSON lines', '', { 'content-type': 'application/json' }, '{}', /JSON lines are not read/],
    ['a broken gzip body', '', { ...text, 'content-encoding': 'gzip' }, 'nonsense', /the body cannot be read/],
    ['another encoding', '', { ...text, 'content-encoding': 'zstd' }, 'x', /"zstd" is not read/],
    ['a label without a name', '?extra_label=x', text, 'a 1', /is not name=value/],
    ['another format', '?format=csv', text, 'a 1', /must be text or openmetrics/],
  ])('refuses %s in words', async (_name, query, headers, payload, words) => {
    const app = await serve(new Sink());
    const answer = await app.inject({ method: 'POST', url: `/api/v1/import${query}`, headers, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ readonly error: string }>().error).toMatch(words);
  });

  it('answers over a real connection although the body is not read to its end', async () => {
    const app = await serve(new Sink());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const address = app.server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = httpRequest({ port, method: 'POST', path: '/api/v1/import', headers: text }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(body));
      });
      sent.on('error', reject);
      sent.write('a 1 1\nthis is wrong\n');
      for (let i = 0; i < 5; i++) sent.write('a 1 1\n'.repeat(50_000));
    });
    expect(answer).toContain('line 2, column');
  });
});
