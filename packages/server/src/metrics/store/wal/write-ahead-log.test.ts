import { Buffer } from 'node:buffer';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../base/clock.ts';
import { type Logger, silentLogger } from '../../../base/logger.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

let path: string;
let told: string[];
const logger: Logger = {
  ...silentLogger,
  info: (_, message) => void told.push(message),
  error: (_, message) => void told.push(message),
};

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'vedette-wal-'));
  told = [];
});
afterEach(() => rmSync(path, { recursive: true }));

async function opened(): Promise<WriteAheadLog> {
  const log = new WriteAheadLog({ clock: new SystemClock(), logger }, { path });
  await log.start();
  return log;
}
const stop = (log: WriteAheadLog): Promise<void> => log.stop(AbortSignal.timeout(5_000));
const put = (log: WriteAheadLog, text: string, durable = true): Promise<void> =>
  log.append(text.charCodeAt(0), Buffer.from(text), { rows: 1, durable });

async function texts(log: WriteAheadLog): Promise<string[]> {
  const found: string[] = [];
  for await (const { kind, payload } of log.read()) {
    expect(kind).toBe(payload[0] ?? 0);
    found.push(payload.toString());
  }
  return found;
}

async function reopened(): Promise<string[]> {
  const log = await opened();
  const found = await texts(log);
  await stop(log);
  return found;
}

const files = (): string[] => readdirSync(path).sort();
const newest = (): string => join(path, files().at(-1) ?? '');

describe('the write-ahead log', () => {
  it('gives every acknowledged record back, in order, after a process that never stopped', async () => {
    const log = await opened();
    await Promise.all(['a1', 'b2', 'c3'].map((text) => put(log, text)));
    await put(log, 'd4');
    // No stop: the files are as kill -9 leaves them.
    expect(await reopened()).toEqual(['a1', 'b2', 'c3', 'd4']);
    await stop(log);
  });

  it('writes what nobody waits for when it stops', async () => {
    const log = await opened();
    await put(log, 'queued', false);
    expect(log.queuedRows).toBe(1);
    await stop(log);
    expect(log.queuedRows).toBe(0);
    expect(await reopened()).toEqual(['queued']);
  });

  it('waits for what is on its way, also when nothing is queued behind it', async () => {
    const log = await opened();
    void put(log, 'a');
    await log.committed();
    expect(log.queuedRows).toBe(0);
    await log.committed();
    await stop(log);
  });

  it('cuts a tail that was not finished, and says so', async () => {
    const log = await opened();
    for (const text of ['first', 'second', 'third']) await put(log, text);
    await stop(log);
    truncateSync(newest(), readFileSync(newest()).length - 3);
    expect(await reopened()).toEqual(['first', 'second']);
    expect(told).toEqual([expect.stringContaining('ends in a record that was not finished')]);
  });

  it('skips a damaged record in the middle, and says so', async () => {
    const log = await opened();
    for (const text of ['first', 'second', 'third']) await put(log, text);
    await stop(log);
    const bytes = readFileSync(newest());
    const at = bytes.indexOf('second');
    bytes[at] = 0x7a;
    writeFileSync(newest(), bytes);
    expect(await reopened()).toEqual(['first', 'third']);
    expect(told).toEqual([expect.stringContaining('is damaged')]);
  });

  it('finds every intact record behind damage of any kind', async () => {
    const log = await opened();
    const all = Array.from({ length: 20 }, (_, i) => `${String.fromCharCode(65 + i)}-${'x'.repeat(i * 7)}`);
    for (const text of all) await put(log, text);
    await stop(log);
    const file = newest();
    const original = readFileSync(file);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(original.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        async (at, noise) => {
          const bytes = Buffer.from(original);
          bytes.set(noise.subarray(0, bytes.length - at), at);
          writeFileSync(file, bytes);
          const broken = new WriteAheadLog({ clock: new SystemClock(), logger }, { path });
          await broken.start();
          const found: string[] = [];
          for await (const { payload } of broken.read()) found.push(payload.toString());
          // Noise of 40 bytes touches at most a few neighbours; the others come back as they were and in order.
          expect(all.filter((text) => found.includes(text))).toEqual(found);
          expect(found.length).toBeGreaterThanOrEqual(all.length - 6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads a file of noise as damage only', async () => {
    writeFileSync(join(path, '0000000007.wal'), Buffer.alloc(3_000_000, 0xf5));
    appendFileSync(join(path, '0000000007.wal'), Buffer.from([0xf5, 0x56, 0x57, 0x4c, 0xff, 0xff, 0xff, 0xff]));
    expect(await reopened()).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it('starts a segment with each rotation, keeps the order over them, and deletes what it is told to', async () => {
    const log = await opened();
    const first = log.segment;
    const a = put(log, 'a');
    const rotated = log.rotate();
    expect(log.segment).toBe(first + 1);
    const b = put(log, 'b');
    await Promise.all([a, b, rotated]);
    expect(log.sealed).toEqual([first]);
    expect(await texts(log)).toEqual(['a']);
    await log.remove([first]);
    expect(log.sealed).toEqual([]);
    await stop(log);
    expect(await reopened()).toEqual(['b']);
  });

  it('never uses a segment number twice, also when everything was deleted before a restart', async () => {
    const numbers: number[] = [];
    for (let round = 0; round < 3; round++) {
      const log = await opened();
      numbers.push(log.segment);
      await put(log, 'x');
      await log.rotate();
      numbers.push(log.segment);
      await log.remove([...log.sealed]);
      expect(await texts(log)).toEqual([]);
      await stop(log);
    }
    const rising = [...numbers].sort((x, y) => x - y);
    expect(numbers).toEqual(rising);
    expect(new Set(numbers.filter((_, i) => i % 2 === 0)).size).toBe(3);
    expect(files().length).toBeLessThanOrEqual(1);
  });

  it('takes records larger than its buffers', async () => {
    const log = await opened();
    const large = `L${'0123456789'.repeat(300_000)}`;
    await put(log, large);
    await put(log, 'small');
    await stop(log);
    const found = await reopened();
    expect(found.map((text) => text.length)).toEqual([large.length, 5]);
    expect(found[0] === large).toBe(true);
  });

  it('says which folder cannot be used', async () => {
    writeFileSync(join(path, 'file'), '');
    const log = new WriteAheadLog({ clock: new SystemClock(), logger }, { path: join(path, 'file', 'wal') });
    await expect(log.start()).rejects.toMatchObject({
      code: 'DATA_DIR_INVALID',
      message: expect.stringContaining(join(path, 'file', 'wal')),
    });
  });

  it('refuses when too much waits, and appends after stop', async () => {
    const log = await opened();
    const chunk = Buffer.alloc(15_000_000, 65);
    const appends: Promise<void>[] = [];
    expect(() => {
      for (let i = 0; i < 8; i++) {
        log.checkRoom(chunk.length);
        appends.push(log.append(65, chunk, { rows: 1, durable: true }));
      }
    }).toThrow(expect.objectContaining({ code: 'INGEST_OVERLOADED' }));
    await Promise.all(appends);
    await stop(log);
    expect(() => log.append(65, chunk, { rows: 1, durable: false })).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' }),
    );
  }, 30_000);
});
