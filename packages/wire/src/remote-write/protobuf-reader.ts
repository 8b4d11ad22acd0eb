/** A message that is not what its Content-Type says: prometheus.WriteRequest or io.prometheus.write.v2.Request. */
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

/** Longest number of the format. */
const VARINT_BYTES_MAX = 10;

/** Reads protobuf's wire format from a byte array, one field after the other. */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
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
    // Four groups of seven bits fit an integer register; timestamps have six. What is read beyond `end` is refused after it.
    if (bytes.length - at >= VARINT_BYTES_MAX) {
      let shift = 7;
      do {
        byte = bytes[at++] as number;
        value |= (byte & 0x7f) << shift;
        shift += 7;
      } while (byte >= 0x80 && shift < 28);
      if (byte >= 0x80) {
        let high = 0;
        shift = 0;
        do {
          byte = bytes[at++] as number;
          high |= (byte & 0x7f) << shift;
          shift += 7;
        } while (byte >= 0x80 && shift < 28);
        value += high * 0x1000_0000;
      }
      if (byte < 0x80) {
        if (at > end) truncate();
        this.at = at;
        return value;
      }
    }
    return this.#longVarint(end);
  }

  /** Any length, byte by byte: numbers at the end of the body, and negative ones. */
  #longVarint(end: number): number {
    const bytes = this.bytes;
    let at = this.at;
    let value = 0;
    let byte = 0x80;
    for (let scale = 1; byte >= 0x80; scale *= 128) {
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
    return value <= Number.MAX_SAFE_INTEGER ? value : Number(BigInt.asIntN(64, this.#exact(start)));
  }

  /** An unsigned 64-bit number, rounded to the nearest double from 2^53 on. */
  uint64(end: number): number {
    const start = this.at;
    const value = this.varint(end);
    return value <= Number.MAX_SAFE_INTEGER ? value : Number(BigInt.asUintN(64, this.#exact(start)));
  }

  /** A signed number in zigzag encoding (sint32, sint64). */
  zigzag(end: number): number {
    const start = this.at;
    const value = this.varint(end);
    if (value <= Number.MAX_SAFE_INTEGER) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    const exact = BigInt.asUintN(64, this.#exact(start));
    return Number((exact >> 1n) ^ -(exact & 1n));
  }

  /** A double as a number; a NaN may lose its payload, see `doubleBits` of the callers that must keep it. */
  double(end: number): number {
    const at = this.at;
    if (at + 8 > end) truncate();
    this.at = at + 8;
    return this.view.getFloat64(at, true);
  }

  #exact(start: number): bigint {
    let exact = 0n;
    for (let at = start, shift = 0n; at < this.at; at++, shift += 7n)
      exact |= BigInt((this.bytes[at] as number) & 0x7f) << shift;
    return exact;
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
  throw new RemoteWriteError(
    'the body is not the protobuf message it should be: a field is longer than the rest of the body',
  );
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Below this many bytes of ASCII a loop is faster than the call into the decoder. */
const SHORT_TEXT_BYTES = 24;

/** Throws RemoteWriteError when the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT_BYTES) {
    let text = '';
    let at = start;
    while (at < end && (bytes[at] as number) < 0x80) text += String.fromCharCode(bytes[at++] as number);
    if (at === end) return text;
  }
  try {
    return strictUtf8.decode(bytes.subarray(start, end));
  } catch (error) {
    throw new RemoteWriteError(
      `a label or help text is not UTF-8 (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
