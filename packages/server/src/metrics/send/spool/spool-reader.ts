import { type FileHandle, open } from 'node:fs/promises';
import { errorMessage } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Labels } from '../../../model/labels.ts';
import { BlockDecoder, type RowVisitor } from './block.ts';
import { SEGMENT_MAGIC, readBlock } from './segment-file.ts';
import type { Spool, SpoolPosition } from './spool.ts';

export interface ReadBlock {
  /** Of the numbers that `visit` hands over, the same through a whole segment; made anew at each call. */
  labelsOf(series: number): Labels | undefined;
  readonly segment: number;
  readonly rows: number;
  readonly bytes: number;
  /** Where the next block begins. */
  readonly end: SpoolPosition;
  /** Must be called once, before the next block is read: it also learns the block's series. */
  visit(visitor: RowVisitor): void;
}

/** Reads blocks in order from a position on, through all segments; knows when it was overtaken by the bound of the spool. */
export class SpoolReader {
  readonly #spool: Spool;
  readonly #logger: Logger;
  #position: SpoolPosition;
  #decoder = new BlockDecoder();
  #file: { readonly segment: number; readonly handle: FileHandle } | undefined;

  constructor(spool: Spool, logger: Logger, start: SpoolPosition) {
    this.#spool = spool;
    this.#logger = logger;
    this.#position = start;
  }

  get position(): SpoolPosition {
    return this.#position;
  }

  /** The next block, or undefined when everything written was read. Rejects when the disk cannot be read. */
  async next(): Promise<ReadBlock | undefined> {
    for (;;) {
      const { segment, offset } = this.#position;
      const committed = this.#spool.committed(segment);
      if (committed === undefined) {
        // Not there: dropped by the bound, or nothing was written to it yet.
        if (!(await this.#toNextSegment(segment))) return undefined;
        continue;
      }
      if (offset >= committed) {
        if (!(await this.#toNextSegment(segment))) return undefined;
        continue;
      }
      const handle = await this.#open(segment, offset);
      if (handle === undefined) {
        if (!(await this.#toNextSegment(segment))) return undefined;
        continue;
      }
      const at = Math.max(offset, SEGMENT_MAGIC.length);
      const block = at < committed ? await readBlock(handle, at, committed) : 'damaged';
      if (block === 'damaged') {
        this.#logger.warn(
          { file: this.#spool.path(segment), offset: at, bytes: committed - at },
          'the rest of a remote-write segment is not whole, as after a power cut or kill; it is skipped',
        );
        if (!(await this.#toNextSegment(segment))) {
          this.#position = { segment, offset: committed };
          return undefined;
        }
        continue;
      }
      const end = { segment, offset: block.end };
      this.#position = end;
      const decoder = this.#decoder;
      return {
        labelsOf: (series) => decoder.labelsOf(series),
        segment,
        rows: block.rows,
        bytes: block.end - at,
        end,
        visit: (visitor) => decoder.decode(block.payload, visitor),
      };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  async #toNextSegment(segment: number): Promise<boolean> {
    const next = this.#spool.nextSegment(segment);
    if (next === undefined) return false;
    await this.close();
    this.#decoder = new BlockDecoder();
    this.#position = { segment: next, offset: 0 };
    return true;
  }

  /** The segment's file, its dictionary known up to the offset; undefined when it cannot be used. */
  async #open(segment: number, offset: number): Promise<FileHandle | undefined> {
    if (this.#file?.segment === segment) return this.#file.handle;
    await this.close();
    this.#decoder = new BlockDecoder();
    let handle: FileHandle;
    try {
      handle = await open(this.#spool.path(segment), 'r');
    } catch (error) {
      this.#logger.error(
        { file: this.#spool.path(segment), error: errorMessage(error) },
        'a remote-write segment cannot be opened; it is skipped',
      );
      return undefined;
    }
    this.#file = { segment, handle };
    const magic = Buffer.alloc(SEGMENT_MAGIC.length);
    await handle.read(magic, 0, magic.length, 0);
    if (!magic.equals(SEGMENT_MAGIC)) return undefined;
    for (let at = SEGMENT_MAGIC.length; at < offset;) {
      const block = await readBlock(handle, at, offset);
      if (block === 'damaged') {
        this.#logger.error(
          { file: this.#spool.path(segment), offset: at },
          'a remote-write segment is damaged before the position; its rest is skipped',
        );
        return undefined;
      }
      this.#decoder.decode(block.payload);
      at = block.end;
    }
    return handle;
  }
}
