import { SnappyError } from './snappy-error.ts';

/** A varint of 32 bits takes at most five bytes. */
const LENGTH_BYTES_MAX = 5;
/** A copy tag of 3 bytes makes at most 64: no valid block can grow more than this, so a lie is found before allocation. */
const EXPANSION_MAX = 64;

/** The original bytes. Throws SnappyError; nothing larger than `bytesMax` is ever allocated. */
export function decompressSnappy(input: Uint8Array, bytesMax: number): Uint8Array {
  const decompression = new SnappyDecompression(input, bytesMax);
  decompression.advance(bytesMax);
  return decompression.output;
}

/** Literals and copies up to this many bytes are moved byte by byte: cheaper than a native call. */
const SHORT_MOVE_BYTES = 24;

/** Decompression in slices, for callers that must not hold the event loop for the whole of a large body. */
export class SnappyDecompression {
  /** Complete once `advance` has returned true. */
  readonly output: Uint8Array;
  readonly #input: Uint8Array;
  #at = 0;
  #to = 0;

  /**
   * Throws SnappyError when the declared length is over `bytesMax` or impossible. `hold` sees the length before it is allocated;
   * `allocate` gives the room, whose content does not matter.
   */
  constructor(
    input: Uint8Array,
    bytesMax: number,
    hold?: (bytes: number) => void,
    // Not zeroed: every byte is written before `advance` returns true.
    allocate: (bytes: number) => Uint8Array = (bytes) => Buffer.allocUnsafeSlow(bytes),
  ) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = input[this.#at++];
      if (byte === undefined || this.#at > LENGTH_BYTES_MAX) {
        throw new SnappyError('the body does not start with a Snappy length; compress it as a Snappy block');
      }
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > bytesMax)
      throw new SnappyError(`the body declares ${length} bytes, more than the limit of ${bytesMax}`, true);
    if (length > (input.length - this.#at) * EXPANSION_MAX) {
      throw new SnappyError(
        `the body declares ${length} bytes, more than its ${input.length} compressed bytes can hold`,
      );
    }
    hold?.(length);
    this.#input = input;
    this.output = allocate(length);
  }

  /** Writes about `bytes` more; true when the output is complete. Throws SnappyError. */
  advance(bytes: number): boolean {
    const input = this.#input;
    const output = this.output;
    const end = input.length;
    const size = output.length;
    const stop = this.#to + bytes;
    let at = this.#at;
    let to = this.#to;
    while (at < end) {
      if (to >= stop && to < size) {
        this.#at = at;
        this.#to = to;
        return false;
      }
      const tag = input[at++] as number;
      const kind = tag & 3;
      let length = (tag >> 2) + 1;
      if (kind === 0) {
        if (length > 60) {
          const extra = length - 60;
          if (at + extra > end) throw truncated();
          length = 1;
          for (let i = 0, scale = 1; i < extra; i++, scale *= 256) length += (input[at + i] as number) * scale;
          at += extra;
        }
        if (at + length > end || to + length > size) throw truncated();
        if (length <= SHORT_MOVE_BYTES) for (let i = 0; i < length; i++) output[to + i] = input[at + i] as number;
        else output.set(input.subarray(at, at + length), to);
        at += length;
        to += length;
        continue;
      }
      const offsetBytes = kind === 3 ? 4 : kind;
      if (at + offsetBytes > end) throw truncated();
      let offset = input[at] as number;
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        offset |= (tag & 0xe0) << 3;
      } else {
        offset |= (input[at + 1] as number) << 8;
        if (kind === 3) offset = (offset | ((input[at + 2] as number) << 16) | ((input[at + 3] as number) << 24)) >>> 0;
      }
      at += offsetBytes;
      if (offset === 0 || offset > to) throw new SnappyError('a Snappy copy points outside the data');
      if (to + length > size) throw truncated();
      // An overlapping copy repeats what it has just written, so bytes go one by one.
      if (offset >= length && length > SHORT_MOVE_BYTES) output.copyWithin(to, to - offset, to - offset + length);
      else for (let i = 0; i < length; i++) output[to + i] = output[to - offset + i] as number;
      to += length;
    }
    if (to !== size) throw new SnappyError(`the body ends before its declared ${size} bytes`);
    this.#at = at;
    this.#to = to;
    return true;
  }
}

function truncated(): SnappyError {
  return new SnappyError('the Snappy body is cut off or longer than it declares');
}
