import { Buffer } from 'node:buffer';
import { VedetteError } from '../../../base/errors.ts';

/** No number of a ByteSink has more; longer ones are damage. */
const VARINT_BYTES_MAX = 8;

/** Reads what a ByteSink wrote. Throws DATA_DIR_INVALID where the bytes are something else; never reads beyond them. */
export class ByteCursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  byte(): number {
    return this.#bytes[this.at++] ?? this.fail();
  }

  unsigned(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let unit = 0x80;
    for (let read = 1; read < VARINT_BYTES_MAX; read++, unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : this.fail();
    }
    return this.fail();
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    if (this.left < 8) return this.fail();
    const value = this.#bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /** The next bytes; no copy. */
  take(length: number): Uint8Array {
    if (this.left < length) return this.fail();
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  text(): string {
    const length = this.count(1);
    const text = this.#bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    return text;
  }

  /** A number of things of at least `bytesEach`; more than the bytes that are left can hold is damage, and nothing is allocated for it. */
  count(bytesEach: number): number {
    const count = this.unsigned();
    return count * bytesEach <= this.left ? count : this.fail();
  }

  fail(): never {
    throw new VedetteError('DATA_DIR_INVALID', 'stored bytes are not what this version of Vedette writes');
  }
}
