import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock } from '../testing/stepped-clock.ts';
import { type StoredCameraMemory, openCameraMemory } from './open-camera-memory.ts';

const DAY_MS = 24 * 3_600_000;

let folder: string;
let path: string;
let warned: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedette-memory-'));
  path = join(folder, 'cameras', 'learned.ndjson.gz');
  warned = [];
});
afterEach(() => rm(folder, { recursive: true }));

async function opened(atMs = 1_000 * DAY_MS): Promise<StoredCameraMemory> {
  const memory = openCameraMemory({
    clock: new SteppedClock(atMs),
    path,
    warn: (details, message) => warned.push(`${message} ${JSON.stringify(details)}`),
  });
  await memory.load();
  return memory;
}

const remembered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ cameraId: `cam-${i}\t"ü"`, state: { version: 1, usual: [25, i] } }));

describe('what was learned about cameras', () => {
  it('is there after a restart, for each camera once, and for its owner alone', async () => {
    await (await opened()).save(remembered(300));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const memory = await opened();
    expect(memory.take('cam-7\t"ü"')).toEqual({ version: 1, usual: [25, 7] });
    expect(memory.take('cam-7\t"ü"')).toBeUndefined();
    expect(memory.take('cam-none')).toBeUndefined();
    expect(warned).toEqual([]);
  });

  it('is kept for a camera that an import does not list for a while, and forgotten after two weeks', async () => {
    await (await opened(1_000 * DAY_MS)).save(remembered(3));
    const without = await opened(1_010 * DAY_MS);
    await without.save([{ cameraId: 'other', state: {} }]);
    expect((await opened(1_013 * DAY_MS)).take('cam-2\t"ü"')).toEqual({ version: 1, usual: [25, 2] });
    const later = await opened(1_015 * DAY_MS);
    expect(later.take('cam-2\t"ü"')).toBeUndefined();
    expect(later.take('other')).toEqual({});
  });

  it('is that of before while a new file is being written: what a kill leaves of that one is no harm', async () => {
    await (await opened()).save(remembered(3));
    await writeFile(`${path}.new`, (await readFile(path)).subarray(0, 40));
    const memory = await opened();
    expect(memory.take('cam-1\t"ü"')).toEqual({ version: 1, usual: [25, 1] });
    await memory.save(remembered(4));
    expect((await opened()).take('cam-3\t"ü"')).toBeDefined();
    expect(warned).toEqual([]);
    expect(await readdir(join(folder, 'cameras'))).toEqual(['learned.ndjson.gz']);
  });

  it('that is damaged or cut off anywhere is said and set aside, stops nothing, and is written anew', async () => {
    await (await opened()).save(remembered(20));
    const whole = await readFile(path);
    // Bytes 4 to 9 of gzip tell time and system, and say nothing about what follows.
    const harm = fc.oneof(
      fc.record({ at: fc.integer({ min: 10, max: whole.length - 1 }), flip: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ at: fc.integer({ min: 0, max: whole.length - 1 }), flip: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(harm, async ({ at, flip }) => {
        const damaged = flip === 0 ? whole.subarray(0, at) : Buffer.from(whole);
        if (flip !== 0) damaged[at] = (damaged[at] as number) ^ flip;
        await writeFile(path, damaged);
        warned = [];
        const memory = await opened();
        expect(memory.take('cam-3\t"ü"')).toBeUndefined();
        expect(warned).toHaveLength(1);
        expect(warned[0]).toContain('set aside');
        expect(await readFile(`${path}.broken`)).toEqual(damaged);
        await memory.save(remembered(20));
        expect((await opened()).take('cam-3\t"ü"')).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['{"format":"vedette-camera-memory","version":2}\n"a"\t1\t{}\n', 'version 2'],
    ['{"format":"else"}\n', 'another kind'],
    ['[]\n', 'another kind'],
    ['hello\n', 'no JSON'],
    ['{"format":"vedette-camera-memory","version":1}\nwhatever\n', 'none of a camera'],
    [`{"format":"vedette-camera-memory","version":1}\n"a"\t1\t"${'x'.repeat(300_000)}"\n`, 'longer'],
    ['', 'cut off'],
  ])('of another shape (%#) is set aside with its reason', async (text, reason) => {
    await (await opened()).save([]);
    await writeFile(path, gzipSync(text));
    await opened();
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain(reason);
  });

  it('of one camera that is too large is left out, and said', async () => {
    const memory = await opened();
    await memory.save([{ cameraId: 'huge', state: 'x'.repeat(300_000) }, ...remembered(1)]);
    expect(warned[0]).toContain('"cameras":1');
    expect(gunzipSync(await readFile(path)).length).toBeLessThan(1_000);
    expect((await opened()).take('cam-0\t"ü"')).toBeDefined();
  });

  it('that cannot be written is said, and nothing else fails', async () => {
    await writeFile(join(folder, 'cameras'), 'a file where a folder should be');
    const memory = await opened();
    await memory.save(remembered(1));
    expect(warned.at(-1)).toContain('cannot be written');
  });

  it('is not overwritten by a process that ends before it has read it', async () => {
    await (await opened()).save(remembered(2));
    await openCameraMemory({ clock: new SteppedClock(0), path, warn: () => undefined }).save([]);
    expect((await opened()).take('cam-1\t"ü"')).toBeDefined();
  });
});
