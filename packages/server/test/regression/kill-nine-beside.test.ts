import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
import { openMetricStore } from '../../src/metrics/store/index.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { SampleBuffer } from '../../src/model/sample.ts';

const WRITER = fileURLToPath(new URL('acknowledged-beside.ts', import.meta.url));
const ROUNDS = 5;
const RUN_MS_MAX = 1_500;
const random = seededRandom(20_260_707);
const signal = new AbortController().signal;

describe('kill -9', () => {
  let path = '';
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'vedette-kill-beside-'));
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  async function round(first: number, originMs: number): Promise<string[][]> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=vedette-source', WRITER, path, String(first), String(originMs)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    let text = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (piece: Buffer) => {
        text += piece.toString();
        if (text.startsWith('open\n')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the writer ended with ${code} before it was killed`)));
    });
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * RUN_MS_MAX));
    child.kill('SIGKILL');
    await ended;
    const lines = text.split('\n').slice(1, -1);
    return lines.map((line) => line.split(' '));
  }

  it('loses no acknowledged histogram, start time, exemplar or deletion, in any round', async () => {
    const originMs = Date.now() - 60 * 60_000;
    const wrote: (readonly [sender: string, n: number])[] = [];
    const doomed = new Set<number>();
    let deletedUpTo = -1;
    for (let i = 0; i < ROUNDS; i++) {
      for (const [what, ...rest] of await round(i * 30_000, originMs)) {
        if (what === 'wrote') wrote.push([rest[0] ?? '', Number(rest[1])]);
        if (what === 'doomed') doomed.add(Number(rest[0]));
        if (what === 'deleted') deletedUpTo = Number(rest[0]);
      }
    }
    expect(wrote.length).toBeGreaterThan(ROUNDS * 3);
    expect(deletedUpTo).toBeGreaterThan(0);

    const base = { clock: new SystemClock(), logger: silentLogger, registry: new Registry() };
    const database = new ChdbDatabase(base, { path });
    await database.start();
    const store = openMetricStore(
      { ...base, database },
      {
        hotWindow: { size: 8_000_000, age: 7_200_000 },
        seriesMax: 10_000,
        retentionMs: 3650 * 86_400_000,
        diskHeadroomBytes: 0,
        logPath: join(path, 'wal'),
      },
    );
    await store.start();
    for (const flushed of [false, true]) {
      if (flushed) await store.flush();
      const found = new Map<string, { floats: Map<number, number>; histograms: Map<number, number> }>();
      const set = await store.select(
        {
          matchers: [createMatcher('__name__', '=~', 'acknowledged|doomed')],
          startMs: 0,
          endMs: Date.now() + 600_000,
          startTimestamps: true,
        },
        signal,
      );
      const buffer = new SampleBuffer();
      for (const [index, labels] of set.labels.entries()) {
        const own = { floats: new Map<number, number>(), histograms: new Map<number, number>() };
        found.set(labels.get('sender') || 'doomed', own);
        set.read(index, buffer);
        for (let i = 0; i < buffer.length; i++) {
          const histogram = buffer.histogram?.[i];
          const start = buffer.startTimestampMs?.[i] ?? 0;
          if (histogram === undefined) own.floats.set(buffer.value[i] as number, start);
          else own.histograms.set(histogram.count - 1, start);
        }
      }
      const lost = wrote.filter(([sender, n]) => {
        const own = found.get(sender);
        return own?.floats.get(n) !== n + 1 || own.histograms.get(n) !== n + 1;
      });
      expect(lost).toEqual([]);
      const left = found.get('doomed');
      const risen = [...(left?.floats.keys() ?? []), ...(left?.histograms.keys() ?? [])].filter(
        // The deletion reaches to the time of its float; that number's histogram is one millisecond later.
        (n) => n < deletedUpTo,
      );
      expect(risen).toEqual([]);
      expect([...doomed].filter((n) => n > deletedUpTo && !left?.floats.has(n))).toEqual([]);
    }
    const exemplars = await store.exemplars(
      { matcherSets: [[createMatcher('__name__', '=', 'acknowledged')]], startMs: 0, endMs: Date.now() * 2 },
      signal,
    );
    const traces = new Set(
      exemplars.flatMap(({ series, exemplars: own }) =>
        own.map(({ labels }) => `${series.get('sender')} ${labels.get('trace_id')}`),
      ),
    );
    expect(wrote.filter(([sender, n]) => !traces.has(`${sender} t${n}`))).toEqual([]);
    await store.stop(AbortSignal.timeout(5_000));
    await database.stop(AbortSignal.timeout(5_000));
  }, 90_000);
});
