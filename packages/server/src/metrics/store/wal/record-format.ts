import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';

/**
 * A record of the log: 4 bytes `MARK`, length of the payload (u32), CRC-32 of kind and payload (u32), kind (u8), payload; numbers
 * are little-endian. The mark is where reading goes on behind a damaged record.
 */
export const MARK = Buffer.from([0xf5, 0x56, 0x57, 0x4c]);
export const RECORD_HEADER_BYTES = 13;
const LENGTH_AT = 4;
const CRC_AT = 8;
const KIND_AT = 12;

/** Every segment starts with these: what it is, and version 1 of the format. */
export const SEGMENT_HEADER = Buffer.from('VEDETTE WAL\u00001\n', 'latin1');

/** Larger ones are refused when written and taken for damage when read. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

/** Writes the record to out[at…]; there must be room for RECORD_HEADER_BYTES and the payload. */
export function writeRecord(kind: number, payload: Uint8Array, out: Buffer, at: number): number {
  MARK.copy(out, at);
  out.writeUInt32LE(payload.length, at + LENGTH_AT);
  out[at + KIND_AT] = kind;
  const payloadAt = at + RECORD_HEADER_BYTES;
  out.set(payload, payloadAt);
  const end = payloadAt + payload.length;
  out.writeUInt32LE(crc32(out.subarray(at + KIND_AT, end)), at + CRC_AT);
  return end;
}

/** Where the record at bytes[at] ends; undefined when there is none: no mark, or a length that no record has. */
export function recordEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.compare(MARK, 0, MARK.length, at, at + MARK.length) !== 0) return undefined;
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  return length > PAYLOAD_BYTES_MAX ? undefined : at + RECORD_HEADER_BYTES + length;
}

/** Whether the bytes of the record in bytes[at, end) are those that were written. */
export function isIntact(bytes: Buffer, at: number, end: number): boolean {
  return crc32(bytes.subarray(at + KIND_AT, end)) === bytes.readUInt32LE(at + CRC_AT);
}

export function recordKind(bytes: Buffer, at: number): number {
  return bytes[at + KIND_AT] as number;
}
