import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import { SEGMENT_HEADER } from './record-format.ts';

/** Each write is on the disk when it returns: one call instead of a write and an fdatasync. Not every system has O_DSYNC. */
const DURABLE = constants.O_DSYNC ?? constants.O_SYNC;

/** One file of the log, append-only. What a failed write left behind is cut off before the next one. */
export class SegmentFile {
  readonly path: string;
  #file: FileHandle | undefined;
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Intact bytes on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Durable when it resolves. Throws DISK_FULL, or DATABASE_UNAVAILABLE for any other fault; nothing is stored then. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    try {
      const file = (this.#file ??= await this.#create());
      if (this.#bytes === 0) await this.#write(file, SEGMENT_HEADER);
      for (const buffer of buffers) await this.#write(file, buffer);
    } catch (error) {
      throw await this.#undo(error);
    }
    this.#committed = this.#bytes;
  }

  #committed = 0;

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #create(): Promise<FileHandle> {
    const file = await open(this.path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | DURABLE, 0o600);
    await syncDirectory(dirname(this.path));
    return file;
  }

  async #write(file: FileHandle, buffer: Buffer): Promise<void> {
    for (let at = 0; at < buffer.length;) {
      const { bytesWritten } = await file.write(buffer, at, buffer.length - at, this.#bytes);
      at += bytesWritten;
      this.#bytes += bytesWritten;
    }
  }

  async #undo(error: unknown): Promise<VedetteError> {
    this.#bytes = this.#committed;
    try {
      await this.#file?.truncate(this.#committed);
    } catch {
      // Then the next write goes over it: writing is by position, and the reader skips what is no record.
    }
    const full =
      (error as NodeJS.ErrnoException).code === 'ENOSPC' || (error as NodeJS.ErrnoException).code === 'EDQUOT';
    return full
      ? new VedetteError(
          'DISK_FULL',
          'the disk has no room for new samples (No space left on device); free space or lower storage.retention',
          { cause: error },
        )
      : new VedetteError('DATABASE_UNAVAILABLE', `the write-ahead log cannot be written: ${errorMessage(error)}`, {
          cause: error,
        });
  }
}

/** Makes a new or removed name durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
