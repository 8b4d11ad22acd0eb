const CAPACITY_FIRST = 64 * 1024;
/** Seven bits at a time without division while the number fits an integer register. */
const SMALL_MAX = 0x7fff_ffff;

/** A growing buffer of variable-length numbers, values and text: what a spool block is made of. */
export class ByteWriter {
  #bytes: Buffer;
  length = 0;

  constructor(capacity = CAPACITY_FIRST) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > 16 * CAPACITY_FIRST) this.#bytes = Buffer.allocUnsafe(CAPACITY_FIRST);
  }

  /** A whole number of at most 2^53 - 1. */
  unsigned(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > SMALL_MAX) {
      this.#bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.length++] = rest;
  }

  /** A whole number of at most 2^52 either way. */
  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /**
   * The bits of a double without its trailing zero bytes, the number of the others first: whole numbers and short fractions, which
   * most samples are, take three or four bytes.
   */
  double(low: number, high: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    const at = this.length;
    let used: number;
    if (low === 0)
      used = high === 0 ? 0 : (high & 0xff) !== 0 ? 4 : (high & 0xffff) !== 0 ? 3 : (high & 0xff_ffff) !== 0 ? 2 : 1;
    else used = (low & 0xff) !== 0 ? 8 : (low & 0xffff) !== 0 ? 7 : (low & 0xff_ffff) !== 0 ? 6 : 5;
    bytes[at] = used;
    if (used > 0) bytes[at + 1] = high >>> 24;
    if (used > 1) bytes[at + 2] = (high >>> 16) & 0xff;
    if (used > 2) bytes[at + 3] = (high >>> 8) & 0xff;
    if (used > 3) bytes[at + 4] = high & 0xff;
    if (used > 4) bytes[at + 5] = low >>> 24;
    if (used > 5) bytes[at + 6] = (low >>> 16) & 0xff;
    if (used > 6) bytes[at + 7] = (low >>> 8) & 0xff;
    if (used > 7) bytes[at + 8] = low & 0xff;
    this.length = at + 1 + used;
  }

  text(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.unsigned(bytes);
    this.#reserve(bytes);
    this.#bytes.write(text, this.length);
    this.length += bytes;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + bytes));
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
  }
}
