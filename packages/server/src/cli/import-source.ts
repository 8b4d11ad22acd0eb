import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ExpositionFormat } from '@vedette/wire/exposition';
import { VedetteError, errorMessage } from '../base/errors.ts';

/** One file (or standard input) of an import. */
export interface ImportSource {
  readonly name: string;
  readonly format: ExpositionFormat;
  /** As stored; undefined for standard input. */
  readonly bytes: number | undefined;
  /** The text, expanded. `onBytes` hears how many stored bytes were read. */
  read(onBytes: (bytes: number) => void): AsyncIterable<Buffer>;
}

const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** Where `# EOF` is looked for at the end of a file. */
const TAIL_BYTES = 64;
const READ_BYTES = 1024 * 1024;

/** Opens a source; `format` undefined finds it out. Throws CONFIG_UNREADABLE. */
export async function importSource(file: string, format: ExpositionFormat | undefined): Promise<ImportSource> {
  if (file === '-') {
    if (!format)
      throw new VedetteError(
        'CONFIG_INVALID',
        'standard input has no end to look at: say --format openmetrics (times in seconds) or --format text (milliseconds)',
      );
    return {
      name: 'standard input',
      format,
      bytes: undefined,
      read: (onBytes) => counted(process.stdin as unknown as AsyncIterable<Buffer>, onBytes),
    };
  }
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const { size } = await stat(file);
    const isGzip = await hasMagic(handle);
    const found = format ?? (await formatOf(handle, size, isGzip, file));
    return { name: file, format: found, bytes: size, read: (onBytes) => readFile(file, isGzip, onBytes) };
  } catch (error) {
    if (error instanceof VedetteError) throw error;
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read ${file}: ${errorMessage(error)}`, { cause: error });
  } finally {
    await handle?.close();
  }
}

async function hasMagic(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && GZIP_MAGIC.every((byte, i) => buffer[i] === byte);
}

async function formatOf(handle: FileHandle, size: number, isGzip: boolean, file: string): Promise<ExpositionFormat> {
  if (isGzip)
    throw new VedetteError(
      'CONFIG_INVALID',
      `${file} is compressed, so its end cannot be looked at: say --format openmetrics (times in seconds) or --format text (milliseconds)`,
    );
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
  return /(?:^|\n)# EOF\s*$/.test(buffer.subarray(0, bytesRead).toString('latin1')) ? 'openmetrics' : 'text';
}

async function* readFile(file: string, isGzip: boolean, onBytes: (bytes: number) => void): AsyncIterable<Buffer> {
  const handle = await open(file);
  const raw = handle.createReadStream({ highWaterMark: READ_BYTES });
  const stored = counted(raw, onBytes);
  if (!isGzip) {
    yield* stored;
    return;
  }
  const gunzip = createGunzip({ chunkSize: READ_BYTES / 4 });
  raw.on('data', (chunk) => onBytes(chunk.length));
  raw.on('error', (error) => gunzip.destroy(error));
  yield* raw.pipe(gunzip) as Readable as AsyncIterable<Buffer>;
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}
