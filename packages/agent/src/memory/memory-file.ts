import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import {
  LINE_BYTES_MAX,
  type MemoryLine,
  TEXT_BYTES_MAX,
  cameraLine,
  headLine,
  parsedLine,
  wrongHead,
} from './memory-lines.ts';

/** The file is not what it should be; the message says why. */
export class BrokenMemoryError extends Error {}

/**
 * The cameras' lines of the file, none when there is no file. Throws BrokenMemoryError where it is damaged, cut off or of another version,
 * and the system's error where it cannot be read.
 */
export async function readMemoryFile(path: string): Promise<readonly MemoryLine[]> {
  const lines: MemoryLine[] = [];
  const reader = new LineReader((line) => {
    const parsed = parsedLine(line);
    if (parsed === undefined) throw new BrokenMemoryError('it has a line that is none of a camera');
    lines.push(parsed);
  });
  let wrong: unknown;
  try {
    await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      try {
        for await (const chunk of chunks) reader.push(chunk);
      } catch (error) {
        // The pipeline says only that it was ended.
        wrong = error;
        throw error;
      }
    });
    reader.end();
  } catch (error) {
    if (wrong instanceof BrokenMemoryError) throw wrong;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code.startsWith('Z_')) throw new BrokenMemoryError(`it is damaged or cut off (${code})`);
    throw error;
  }
  return lines;
}

/** Writes beside the file and takes its place at once: after a kill the old one is there, or the new one. Lines come one by one. */
export async function writeMemoryFile(
  path: string,
  savedAtMs: number,
  lines: Iterable<MemoryLine>,
): Promise<{ readonly cameras: number; readonly left: number }> {
  const fresh = `${path}.new`;
  await mkdir(dirname(path), { recursive: true });
  let bytes = 0;
  let cameras = 0;
  let left = 0;
  function* text(): Generator<string> {
    yield headLine(savedAtMs);
    for (const line of lines) {
      const written = cameraLine(line);
      if (written.length > LINE_BYTES_MAX || bytes + written.length > TEXT_BYTES_MAX) {
        left++;
        continue;
      }
      bytes += written.length;
      cameras++;
      yield written;
    }
  }
  try {
    await pipeline(
      Readable.from(text(), { highWaterMark: 1 }),
      createGzip({ level: constants.Z_BEST_SPEED }),
      createWriteStream(fresh, { mode: 0o600 }),
    );
    await onDisk(fresh);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await rename(fresh, path);
  return { cameras, left };
}

/** Returns when what was written would survive a power failure. */
async function onDisk(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Cuts chunks into lines; the first is the head. */
class LineReader {
  readonly #take: (line: string) => void;
  #rest: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #headed = false;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > TEXT_BYTES_MAX + 2 * LINE_BYTES_MAX) throw new BrokenMemoryError('it is larger than it can be');
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (let to = all.indexOf(10); to >= 0; to = all.indexOf(10, from)) {
      this.#line(all.toString('utf8', from, to));
      from = to + 1;
    }
    // A copy: a view would keep the whole chunk.
    this.#rest = Buffer.from(all.subarray(from));
    if (this.#rest.length > LINE_BYTES_MAX) throw new BrokenMemoryError('it has a line that is longer than any can be');
  }

  end(): void {
    if (!this.#headed || this.#rest.length > 0) throw new BrokenMemoryError('it is cut off');
  }

  #line(line: string): void {
    if (this.#headed) {
      this.#take(line);
      return;
    }
    const wrong = wrongHead(line);
    if (wrong !== undefined) throw new BrokenMemoryError(wrong);
    this.#headed = true;
  }
}
