import { Buffer } from 'node:buffer';

const CAPACITY_FIRST = 1024;
const VARINT_BYTES_MAX = 8;
/** Below it a number is taken apart with integer arithmetic. */
const SMALL_END = 0x8000_0000;

/** A growing buffer of variable-length numbers, doubles and bytes. */
export class ByteSink {
  #bytes = Buffer.allocUnsafeSlow(CAPACITY_FIRST);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** What was written from `from` on; valid until the next write. */
  view(from = 0): Buffer {
    return this.#bytes.subarray(from, this.length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1. */
  unsigned(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= SMALL_END) {
      bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }

  /** A whole number of at most 2^52 - 1 either way. */
  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : value * -2 - 1);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#bytes.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  /** Behind its length in bytes. */
  text(text: string): void {
    this.unsigned(Buffer.byteLength(text));
    this.#reserve(text.length * 3);
    this.length += this.#bytes.write(text, this.length);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + bytes));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
