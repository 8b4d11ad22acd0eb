import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { VedetteError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { BatchWriter } from './batch-writer.ts';

interface Written {
  readonly chunks: readonly string[];
  readonly token: string;
  readonly atMs: number;
}

async function writerOf(failures: readonly unknown[] = [], options: { eagerRowsMin?: number } = {}) {
  const clock = new VirtualClock();
  const written: Written[] = [];
  const tokens: string[] = [];
  const dropped: string[] = [];
  const left = [...failures];
  const registry = new Registry();
  const writer = new BatchWriter<string>(
    {
      clock,
      logger: silentLogger,
      registry,
      write: async (chunks, token) => {
        tokens.push(token);
        const failure = left.shift();
        if (failure !== undefined) throw failure;
        written.push({ chunks: [...chunks], token, atMs: clock.monotonicMs() });
      },
      onDropped: (chunks) => void dropped.push(...chunks),
    },
    { name: 'test writer', rowsMax: 100, batchRowsMax: 40, durableLingerMs: 50, queuedLingerMs: 2_000, ...options },
  );
  await writer.start();
  const metric = async (name: string): Promise<number | undefined> =>
    (await registry.getSingleMetric(`vedette_storage_${name}`)?.get())?.values[0]?.value;
  return { clock, writer, written, tokens, dropped, metric };
}

const diskFull = new VedetteError('DISK_FULL', 'no room');
const refused = new VedetteError('DATABASE_QUERY', 'no such table');
const soon = (): AbortSignal => new AbortController().signal;

describe('batch writer', () => {
  it('makes one insert of what durable callers bring within the linger, in order', async () => {
    const { clock, writer, written } = await writerOf();
    const settled: string[] = [];
    void writer.append('a', 1).then(() => settled.push('a'));
    await clock.advance(30);
    void writer.append('b', 1).then(() => settled.push('b'));
    await clock.advance(19);
    expect(written).toEqual([]);
    await clock.advance(1);
    expect(written).toMatchObject([{ chunks: ['a', 'b'], atMs: 50 }]);
    expect(settled).toEqual(['a', 'b']);
  });

  it('does not linger when everyone is there who came last time, and lingers again for a newcomer', async () => {
    const { clock, writer, written } = await writerOf([], { eagerRowsMin: 10 });
    const pair = (): void => {
      void writer.append('a', 10);
      void writer.append('b', 10);
    };
    pair();
    await clock.advance(0);
    expect(written).toMatchObject([{ chunks: ['a', 'b'], atMs: 0 }]);
    void writer.append('a', 10);
    await clock.advance(20);
    expect(written).toHaveLength(1);
    void writer.append('b', 10);
    await clock.advance(0);
    expect(written[1]).toMatchObject({ chunks: ['a', 'b'], atMs: 20 });
    void writer.append('tiny', 1);
    void writer.append('tiny', 1);
    await clock.advance(49);
    expect(written).toHaveLength(2);
    await clock.advance(1);
    expect(written[2]).toMatchObject({ chunks: ['tiny', 'tiny'], atMs: 70 });
  });

  it('gathers queued rows longer, and a durable caller takes them along', async () => {
    const { clock, writer, written } = await writerOf();
    await writer.append('a', 1, { acknowledge: 'queued' });
    await clock.advance(1_000);
    expect(written).toEqual([]);
    void writer.append('b', 1);
    await clock.advance(50);
    expect(written).toMatchObject([{ chunks: ['a', 'b'] }]);
    await writer.append('c', 1, { acknowledge: 'queued' });
    await clock.advance(2_000);
    expect(written[1]).toMatchObject({ chunks: ['c'] });
  });

  it('writes at once when a batch is full, and never more than a batch', async () => {
    const { clock, writer, written } = await writerOf();
    for (const chunk of ['a', 'b', 'c', 'd']) await writer.append(chunk, 15, { acknowledge: 'queued' });
    await clock.advance(0);
    expect(written.map((batch) => batch.chunks)).toEqual([['a', 'b']]);
    await clock.advance(2_000);
    expect(written.map((batch) => batch.chunks)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('refuses what does not fit, and queues nothing of it', async () => {
    const { clock, writer, written } = await writerOf();
    await writer.append('a', 100, { acknowledge: 'queued' });
    await expect(writer.append('b', 1, { acknowledge: 'queued' })).rejects.toMatchObject({ code: 'INGEST_OVERLOADED' });
    await clock.advance(0);
    expect(written).toMatchObject([{ chunks: ['a'] }]);
    await writer.append('b', 1, { acknowledge: 'queued' });
    expect(writer.queuedRows).toBe(1);
  });

  it('tries again with the same token until the disk has room, and keeps the order', async () => {
    const { clock, writer, written, tokens } = await writerOf([diskFull, diskFull, diskFull]);
    const first = writer.append('a', 1);
    await clock.advance(60);
    expect(writer.lastError).toBe('no room');
    const second = writer.append('b', 1);
    await clock.advance(250 + 500 + 1_000);
    await first;
    await clock.advance(50);
    await second;
    expect(written.map((batch) => batch.chunks)).toEqual([['a'], ['b']]);
    expect(new Set(tokens.slice(0, 4)).size).toBe(1);
    expect(tokens[4]).not.toBe(tokens[0]);
    expect(writer.lastError).toBeUndefined();
    expect(writer.queuedRows).toBe(0);
  });

  it('tells a durable caller after ten seconds why nothing is written, and still writes its rows later', async () => {
    const { clock, writer, written } = await writerOf(Array.from({ length: 8 }, () => diskFull));
    const failed = expect(writer.append('a', 1)).rejects.toBe(diskFull);
    await clock.advance(20_000);
    await failed;
    expect(written).toEqual([]);
    await clock.advance(60_000);
    expect(written).toMatchObject([{ chunks: ['a'] }]);
  });

  it('drops a batch that the database refuses for good, says so, and goes on', async () => {
    const { clock, writer, written, dropped, metric } = await writerOf(Array.from({ length: 5 }, () => refused));
    const failed = expect(writer.append('a', 3)).rejects.toBe(refused);
    await clock.advance(60_000);
    await failed;
    expect(dropped).toEqual(['a']);
    expect(writer.droppedRows).toBe(3);
    expect(await metric('rows_dropped_total')).toBe(3);
    expect(await metric('write_failures_total')).toBe(5);
    expect(await metric('queued_rows')).toBe(0);
    const next = writer.append('b', 1);
    await clock.advance(50);
    await next;
    expect(written).toMatchObject([{ chunks: ['b'] }]);
  });

  it('resolves a barrier without rows once everything before it is durable', async () => {
    const { clock, writer, written } = await writerOf();
    await writer.append('a', 1, { acknowledge: 'queued' });
    let passed = false;
    void writer.append('', 0).then(() => (passed = true));
    await clock.advance(49);
    expect(passed).toBe(false);
    await clock.advance(1);
    expect(passed).toBe(true);
    expect(written).toMatchObject([{ chunks: ['a'] }]);
  });

  it('lets a durable caller go when its signal aborts, and writes its rows all the same', async () => {
    const { clock, writer, written } = await writerOf();
    const controller = new AbortController();
    const left = expect(writer.append('a', 1, { signal: controller.signal })).rejects.toThrow('client left');
    controller.abort(new Error('client left'));
    await left;
    await clock.advance(50);
    expect(written).toMatchObject([{ chunks: ['a'] }]);
  });

  it('writes what is queued when it stops, without waiting for the linger, and refuses more', async () => {
    const { writer, written, clock } = await writerOf([diskFull]);
    await writer.append('a', 1, { acknowledge: 'queued' });
    const stopping = writer.stop(soon());
    await clock.advance(250);
    await stopping;
    expect(written).toMatchObject([{ chunks: ['a'] }]);
    await expect(writer.append('b', 1)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('gives up at the deadline of its stop and counts what is lost', async () => {
    const { clock, writer } = await writerOf(Array.from({ length: 100 }, () => diskFull));
    const failed = expect(writer.append('a', 2)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const deadline = new AbortController();
    const stopping = writer.stop(deadline.signal);
    await clock.advance(1_000);
    deadline.abort();
    await stopping;
    await failed;
    expect(writer.droppedRows).toBe(2);
  });
});
