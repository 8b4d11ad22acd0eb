import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeHistogram } from '@vedette/wire/histogram';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import { Labels } from '../../../model/labels.ts';
import type { AppendResult } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { type SpoolFollower, type SpoolPosition, Spool, SpoolReader } from './index.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'vedette-spool-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const MB = 1024 * 1024;

async function openSpool(path: string, sizeMax = 64 * MB): Promise<Spool> {
  const spool = new Spool({ clock: new SystemClock(), logger: silentLogger }, { folder: path, sizeMax });
  await spool.start();
  return spool;
}

/** A follower that stays where it is put. */
function follower(
  at: SpoolPosition,
): SpoolFollower & { acknowledged: SpoolPosition; reading: SpoolPosition; lost: number } {
  return {
    acknowledged: at,
    reading: at,
    lost: 0,
    dropped(rows) {
      this.lost += rows;
    },
    wake: () => undefined,
  };
}

const ALL: AppendResult = { accepted: 0, rejected: [], rejectedCount: 0 };

function batch(
  rows: readonly (readonly [series: string, atMs: number, bits: bigint, startMs?: number])[],
): SampleBatch {
  const names = [...new Set(rows.map(([series]) => series))];
  return {
    series: names.map((name) => Labels.fromObject({ __name__: 'm', name })),
    seriesIndex: Uint32Array.from(rows, ([series]) => names.indexOf(series)),
    timestampMs: Float64Array.from(rows, ([, at]) => at),
    value: new Float64Array(BigUint64Array.from(rows, ([, , bits]) => bits).buffer),
    startTimestampMs: Float64Array.from(rows, ([, , , start]) => start ?? 0),
  };
}

/** All rows from a position on, as text. */
async function readAll(spool: Spool, from: SpoolPosition): Promise<string[]> {
  const reader = new SpoolReader(spool, silentLogger, from);
  const rows: string[] = [];
  for (let block = await reader.next(); block; block = await reader.next()) {
    const nameOf = (index: number): string | undefined => block.labelsOf(index)?.get('name');
    block.visit({
      float: (index, at, start, low, high) =>
        rows.push(`${nameOf(index)} ${at} ${start} ${(BigInt(high) << 32n) | BigInt(low)}`),
      histogram: (index, at, start, histogram) =>
        rows.push(`${nameOf(index)} ${at} ${start} ${JSON.stringify(histogram)}`),
      exemplar: (index, at, value, labels) => rows.push(`${nameOf(index)} ${at} ${value} ${labels.key}`),
    });
  }
  await reader.close();
  return rows;
}

const FIRST: SpoolPosition = { segment: 1, offset: 0 };

describe('Spool', () => {
  it('gives back every bit of what was appended, in its order', async () => {
    const row = fc.tuple(
      fc.constantFrom('a', 'b', 'ünï', ''),
      fc.integer({ min: -1e12, max: 4e12 }),
      fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.constant(0x7ff0000000000002n), fc.constant(0x4059000000000000n)),
      fc.nat(2e12),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 8 }), { maxLength: 5 }), async (batches) => {
        const spool = await openSpool(folder());
        spool.follow(follower(FIRST));
        for (const rows of batches) await spool.append(batch(rows), ALL, true);
        const expected = batches.flat().map(([series, at, bits, start]) => `${series} ${at} ${start} ${bits}`);
        expect((await readAll(spool, FIRST)).map((text) => text.replace(/^undefined/, ''))).toEqual(expected);
        await spool.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('keeps native histograms and exemplars', async () => {
    const spool = await openSpool(folder());
    spool.follow(follower(FIRST));
    const histogram: NativeHistogram = {
      schema: -4,
      counterResetHint: 'gauge',
      zeroThreshold: 0.001,
      zeroCount: 2.5,
      count: 9,
      sum: -18.4,
      positiveSpans: [{ offset: -3, length: 2 }],
      positiveBuckets: Float64Array.of(1, 0.1),
      negativeSpans: [],
      negativeBuckets: new Float64Array(),
      customValues: Float64Array.of(0.5),
    };
    const labels = Labels.fromObject({ trace_id: 'x' });
    await spool.append(
      {
        ...batch([['a', 1, 5n]]),
        histograms: {
          seriesIndex: Uint32Array.of(0),
          timestampMs: Float64Array.of(77),
          startTimestampMs: Float64Array.of(7),
          value: [histogram],
        },
        exemplars: [{ seriesIndex: 0, labels, timestampMs: 5, value: 0.25 }],
      },
      ALL,
      true,
    );
    expect(await readAll(spool, FIRST)).toEqual([
      'a 1 0 5',
      `a 77 7 ${JSON.stringify(histogram)}`,
      `a 5 0.25 ${labels.key}`,
    ]);
    await spool.stop();
  });

  it('leaves out rows that the store refused, and keeps those it had already', async () => {
    const spool = await openSpool(folder());
    spool.follow(follower(FIRST));
    await spool.append(
      batch([
        ['a', 1, 1n],
        ['a', 2, 2n],
        ['a', 3, 3n],
      ]),
      {
        accepted: 1,
        rejected: [
          { row: 0, reason: 'too-old' },
          { row: 1, reason: 'duplicate' },
        ],
        rejectedCount: 2,
      },
      true,
    );
    expect(await readAll(spool, FIRST)).toEqual(['a 2 0 2', 'a 3 0 3']);
    await spool.stop();
  });

  it('rows that nobody waits for are written within a second', async () => {
    const spool = await openSpool(folder());
    const woken = new Promise<void>((resolve) => {
      spool.follow({ ...follower(FIRST), wake: resolve });
    });
    await spool.append(batch([['a', 1, 1n]]), ALL, false);
    expect(await readAll(spool, FIRST)).toEqual([]);
    await woken;
    expect(await readAll(spool, FIRST)).toEqual(['a 1 0 1']);
    await spool.stop();
  });

  it('reads on in the middle of a segment after a restart, past a block that a kill cut off', async () => {
    const path = folder();
    const spool = await openSpool(path);
    spool.follow(follower(FIRST));
    await spool.append(batch([['a', 1, 1n]]), ALL, true);
    const middle = spool.end;
    await spool.append(
      batch([
        ['a', 2, 2n],
        ['b', 2, 2n],
      ]),
      ALL,
      true,
    );
    await spool.append(batch([['b', 3, 3n]]), ALL, true);
    await spool.stop();
    const file = join(path, readdirSync(path)[0] ?? '');
    truncateSync(file, statSync(file).size - 1);

    const next = await openSpool(path);
    next.follow(follower(middle));
    await next.append(batch([['c', 4, 4n]]), ALL, true);
    expect(await readAll(next, middle)).toEqual(['a 2 0 2', 'b 2 0 2', 'c 4 0 4']);
    await next.stop();
  });

  it('skips what follows a flipped bit, and nothing else', async () => {
    const path = folder();
    const spool = await openSpool(path);
    spool.follow(follower(FIRST));
    await spool.append(batch([['a', 1, 1n]]), ALL, true);
    await spool.stop();
    appendFileSync(
      join(path, readdirSync(path)[0] ?? ''),
      Buffer.from([255, 255, 255, 255, 1, 2, 3, 4, 0, 0, 0, 1, 9]),
    );
    const next = await openSpool(path);
    next.follow(follower(FIRST));
    await next.append(batch([['b', 2, 2n]]), ALL, true);
    expect(await readAll(next, FIRST)).toEqual(['a 1 0 1', 'b 2 0 2']);
    await next.stop();
  });

  it('removes segments that everybody has passed', async () => {
    const path = folder();
    const spool = await openSpool(path, 2 * MB);
    const one = follower(FIRST);
    spool.follow(one);
    for (let i = 0; i < 15; i++) await spool.append(big(i), ALL, true);
    await spool.trim();
    expect(readdirSync(path).length).toBeGreaterThan(2);
    one.acknowledged = one.reading = spool.end;
    await spool.trim();
    expect(readdirSync(path).length).toBeLessThanOrEqual(1);
    expect(one.lost).toBe(0);
    await spool.stop();
  });

  it('drops the oldest when there is more than the bound, and says how many rows who lost', async () => {
    const path = folder();
    const spool = await openSpool(path, 2 * MB);
    const behind = follower(FIRST);
    spool.follow(behind);
    const appended: string[] = [];
    for (let i = 0; i < 40; i++) {
      await spool.append(big(i), ALL, true);
      appended.push(
        ...Array.from(
          { length: 10_000 },
          (_, row) => `s${row % 100} ${i * 1_000} 0 ${0x0123456789abcdefn + BigInt(row)}`,
        ),
      );
    }
    await spool.trim();
    expect(spool.bytes).toBeLessThanOrEqual(2.6 * MB);
    const left = await readAll(spool, FIRST);
    expect(left.length).toBeGreaterThan(10_000);
    expect(left).toEqual(appended.slice(-left.length));
    expect(behind.lost).toBe(appended.length - left.length);
    await spool.stop();
  });

  it('a disk that cannot be written: durable rows are refused, others are counted, and later ones are whole', async () => {
    const path = folder();
    const spool = await openSpool(path);
    spool.follow(follower(FIRST));
    rmSync(path, { recursive: true });
    await expect(spool.append(batch([['a', 1, 1n]]), ALL, true)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(spool.rowsFailed).toBe(1);
    mkdirSync(path);
    await spool.append(batch([['a', 2, 2n]]), ALL, true);
    expect(await readAll(spool, FIRST)).toEqual(['a 2 0 2']);
    await spool.stop();
  });
});

/** 10,000 rows whose values do not compress: about 110 KB. */
function big(i: number): SampleBatch {
  return batch(
    Array.from({ length: 10_000 }, (_, row) => [`s${row % 100}`, i * 1_000, 0x0123456789abcdefn + BigInt(row)]),
  );
}
