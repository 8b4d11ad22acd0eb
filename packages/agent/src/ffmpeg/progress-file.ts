import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SourceFault } from '../source/source-fault.ts';
import type { FfmpegProgressBook } from './progress-book.ts';
import type { ProgressParser } from './progress-parser.ts';

/** Of the end of a file that was there before: enough for the last blocks. */
const FIRST_BYTES = 16 * 1_024;
/** Read at once; more than that since the last reading is passed over. */
const BYTES_PER_ROUND_MAX = 1_024 * 1_024;

/** The tail of a file that ffmpeg writes its progress or its stderr to. One that is cut or replaced is read from its start. */
export class ProgressFile {
  readonly #path: string;
  readonly #cameraId: string;
  readonly #book: FfmpegProgressBook;
  #parser: ProgressParser | undefined;
  #inode: bigint | undefined;
  #offset = 0;

  constructor(path: string, cameraId: string, book: FfmpegProgressBook) {
    this.#path = path;
    this.#cameraId = cameraId;
    this.#book = book;
  }

  /** Rejects with SourceFault when the file cannot be read. */
  async read(): Promise<void> {
    let file: FileHandle | undefined;
    try {
      // Opening a named pipe would otherwise wait for somebody to write to it.
      file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await file.stat({ bigint: true });
      if (!stats.isFile()) throw new SourceFault('path', `${this.#path}: not a file`);
      const ino = stats.ino;
      const size = Number(stats.size);
      if (this.#inode === undefined) this.#offset = Math.max(0, size - FIRST_BYTES);
      else if (ino !== this.#inode || size < this.#offset) {
        this.#offset = 0;
        this.#parser = undefined;
      }
      this.#inode = ino;
      if (size - this.#offset > BYTES_PER_ROUND_MAX) this.#offset = size - BYTES_PER_ROUND_MAX;
      const buffer = Buffer.allocUnsafe(size - this.#offset);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
      this.#offset += bytesRead;
      this.#parser ??= this.#book.parser(this.#cameraId);
      this.#parser.push(buffer.subarray(0, bytesRead));
    } catch (error) {
      if (error instanceof SourceFault) throw error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'not readable';
      throw new SourceFault('path', `${this.#path}: ${code}`);
    } finally {
      await file?.close();
    }
  }
}
