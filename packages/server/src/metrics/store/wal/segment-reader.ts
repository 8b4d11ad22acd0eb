import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { MARK, RECORD_HEADER_BYTES, SEGMENT_HEADER, isIntact, recordEnd, recordKind } from './record-format.ts';

export interface WalRecord {
  /** Number of the segment it is in. */
  readonly segment: number;
  readonly kind: number;
  /** Valid until the next record is asked for. */
  readonly payload: Buffer;
}

/** Bytes that are no intact record. `tail`: at the end of the file, as a process leaves them that was killed while it wrote. */
export interface WalDamage {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly tail: boolean;
}

/** Read at a time; a larger record grows the buffer. */
const READ_BYTES = 1024 * 1024;

/** The intact records of the segment file `path` in the order they were written; what lies between them goes to `onDamage`. */
export async function* readSegment(
  path: string,
  segment: number,
  onDamage: (damage: WalDamage) => void,
): AsyncGenerator<WalRecord, void, undefined> {
  const file = await open(path, 'r');
  try {
    yield* new SegmentReader(file, path, onDamage).records(segment);
  } finally {
    await file.close();
  }
}

class SegmentReader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #onDamage: (damage: WalDamage) => void;
  #buffer = Buffer.allocUnsafe(READ_BYTES);
  /** Bytes [at, end) of the buffer are not used yet; the byte at `at` is the file's at `offset`. */
  #at = 0;
  #end = 0;
  #offset = 0;
  #ended = false;

  constructor(file: FileHandle, path: string, onDamage: (damage: WalDamage) => void) {
    this.#file = file;
    this.#path = path;
    this.#onDamage = onDamage;
  }

  async *records(segment: number): AsyncGenerator<WalRecord, void, undefined> {
    let damagedFrom: number | undefined;
    if (await this.#fill(SEGMENT_HEADER.length)) {
      if (this.#buffer.compare(SEGMENT_HEADER, 0, SEGMENT_HEADER.length, 0, SEGMENT_HEADER.length) === 0)
        this.#skip(SEGMENT_HEADER.length);
      else damagedFrom = 0;
    }
    for (;;) {
      const length = await this.#recordLength();
      if (length > 0) {
        if (damagedFrom !== undefined) this.#tell(damagedFrom, false);
        damagedFrom = undefined;
        const at = this.#at;
        const payload = this.#buffer.subarray(at + RECORD_HEADER_BYTES, at + length);
        const kind = recordKind(this.#buffer, at);
        this.#skip(length);
        yield { segment, kind, payload };
        continue;
      }
      if (this.#end === this.#at && this.#ended) break;
      damagedFrom ??= this.#offset;
      await this.#toNextMark();
    }
    if (damagedFrom !== undefined) this.#tell(damagedFrom, true);
  }

  /** Of the intact record at hand; 0 when there is none. */
  async #recordLength(): Promise<number> {
    if (!(await this.#fill(RECORD_HEADER_BYTES))) return 0;
    const end = recordEnd(this.#buffer, this.#at);
    if (end === undefined) return 0;
    const length = end - this.#at;
    if (!(await this.#fill(length))) return 0;
    return isIntact(this.#buffer, this.#at, this.#at + length) ? length : 0;
  }

  /** Leaves at least one byte behind. */
  async #toNextMark(): Promise<void> {
    this.#skip(1);
    for (;;) {
      await this.#fill(READ_BYTES);
      const found = this.#buffer.subarray(this.#at, this.#end).indexOf(MARK);
      if (found >= 0) return this.#skip(found);
      if (this.#ended) return this.#skip(this.#end - this.#at);
      // A mark may lie across the end of what was read.
      this.#skip(this.#end - this.#at - (MARK.length - 1));
    }
  }

  /** Reads on until so many bytes are at hand; false when the file ends before. */
  async #fill(bytes: number): Promise<boolean> {
    while (this.#end - this.#at < bytes && !this.#ended) {
      this.#makeRoom(bytes);
      const { bytesRead } = await this.#file.read(this.#buffer, this.#end, this.#buffer.length - this.#end);
      if (bytesRead === 0) this.#ended = true;
      this.#end += bytesRead;
    }
    return this.#end - this.#at >= bytes;
  }

  #makeRoom(bytes: number): void {
    const held = this.#end - this.#at;
    if (bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(bytes);
      this.#buffer.copy(larger, 0, this.#at, this.#end);
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#at, this.#end);
    }
    this.#at = 0;
    this.#end = held;
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    this.#offset += bytes;
  }

  #tell(from: number, tail: boolean): void {
    this.#onDamage({ path: this.#path, offset: from, bytes: this.#offset - from, tail });
  }
}
