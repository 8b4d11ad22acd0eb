/** A message that is not a prometheus.WriteRequest. */
export class RemoteWriteError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RemoteWriteError';
  }
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** Reads protobuf's wire format from a byte array, one field after the other. */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** An unsigned number below 2^53; larger ones lose precision and are refused where they matter. */
  varint(end: number): number {
    const bytes = this.bytes;
    let at = this.at;
    let byte = at < end ? (bytes[at++] as number) : truncate();
    if (byte < 0x80) {
      this.at = at;
      return byte;
    }
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 63) throw new RemoteWriteError('a number is longer than ten bytes');
      byte = at < end ? (bytes[at++] as number) : truncate();
      value += (byte & 0x7f) * scale;
    }
    this.at = at;
    return value;
  }

  /** A signed 64-bit number in two's complement. */
  int64(end: number): number {
    const start = this.at;
    const value = this.varint(end);
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let at = start, shift = 0n; at < this.at; at++, shift += 7n)
      exact |= BigInt((this.bytes[at] as number) & 0x7f) << shift;
    return Number(BigInt.asIntN(64, exact));
  }

  /** End offset of the length-delimited field that starts here; the reader stands at its first byte. */
  lengthDelimited(end: number): number {
    const length = this.varint(end);
    const fieldEnd = this.at + length;
    if (fieldEnd > end) truncate();
    return fieldEnd;
  }

  skip(wireType: number, end: number): void {
    if (wireType === VARINT) this.varint(end);
    else if (wireType === FIXED64) this.at += 8;
    else if (wireType === BYTES) this.at = this.lengthDelimited(end);
    else if (wireType === FIXED32) this.at += 4;
    else throw new RemoteWriteError(`the body is not a protobuf message: wire type ${wireType} does not exist`);
    if (this.at > end) truncate();
  }

  string(end: number): string {
    const stop = this.lengthDelimited(end);
    const text = decodeText(this.bytes, this.at, stop);
    this.at = stop;
    return text;
  }
}

function truncate(): never {
  throw new RemoteWriteError('the body is not a WriteRequest message: a field is longer than the rest of the body');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array, start: number, end: number): string {
  try {
    return strictUtf8.decode(bytes.subarray(start, end));
  } catch (error) {
    throw new RemoteWriteError(
      `a label or help text is not UTF-8 (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
