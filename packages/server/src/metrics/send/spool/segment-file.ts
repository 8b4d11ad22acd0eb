import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** First bytes of every segment; another number is another format, which is not read. */
export const SEGMENT_MAGIC = Buffer.from('VSPOOL1\n');
/** Payload length, checksum of the payload, rows: three numbers of four bytes. */
export const BLOCK_HEAD_BYTES = 12;
/** A block is closed at 128 KiB; one series of the longest labels makes it a little longer. What says more is damaged. */
export const BLOCK_BYTES_MAX = 64 * 1024 * 1024;

export function segmentName(segment: number): string {
  return `${String(segment).padStart(10, '0')}.segment`;
}

/** The segment of a file name, or undefined for another file. */
export function segmentOf(name: string): number | undefined {
  const match = /^(\d{10})\.segment$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

export function framed(payload: Buffer, rows: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK_HEAD_BYTES + payload.length);
  block.writeUInt32LE(payload.length, 0);
  block.writeUInt32LE(crc32(payload), 4);
  block.writeUInt32LE(rows, 8);
  payload.copy(block, BLOCK_HEAD_BYTES);
  return block;
}

export interface Block {
  readonly payload: Buffer;
  readonly rows: number;
  /** Where the next block begins. */
  readonly end: number;
}

/** `damaged`: what stands there is no whole block; nothing behind it can be read either. */
export type BlockRead = Block | 'damaged';

/** The block at `offset` of which at least the head lies before `limit`. */
export async function readBlock(file: FileHandle, offset: number, limit: number): Promise<BlockRead> {
  const head = Buffer.allocUnsafe(BLOCK_HEAD_BYTES);
  if (offset + BLOCK_HEAD_BYTES > limit || !(await readFully(file, head, offset))) return 'damaged';
  const length = head.readUInt32LE(0);
  const end = offset + BLOCK_HEAD_BYTES + length;
  if (length > BLOCK_BYTES_MAX || end > limit) return 'damaged';
  const payload = Buffer.allocUnsafe(length);
  if (!(await readFully(file, payload, offset + BLOCK_HEAD_BYTES))) return 'damaged';
  if (crc32(payload) !== head.readUInt32LE(4)) return 'damaged';
  return { payload, rows: head.readUInt32LE(8), end };
}

/** Rows of the whole blocks in [offset, limit), by their heads alone. */
export async function countRows(file: FileHandle, offset: number, limit: number): Promise<number> {
  const head = Buffer.allocUnsafe(BLOCK_HEAD_BYTES);
  let rows = 0;
  for (let at = offset; at + BLOCK_HEAD_BYTES <= limit;) {
    if (!(await readFully(file, head, at))) break;
    const end = at + BLOCK_HEAD_BYTES + head.readUInt32LE(0);
    if (end > limit) break;
    rows += head.readUInt32LE(8);
    at = end;
  }
  return rows;
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<boolean> {
  for (let filled = 0; filled < into.length;) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) return false;
    filled += bytesRead;
  }
  return true;
}
