import type { BitWriter } from './bit-writer.ts';

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;
/** No window of significant bits yet. */
const NONE = 0xff;
const LEADING_MAX = 31;

/** One column of doubles as differences of their bits: what a sample has in common with the one before is not written. */
export class XorColumn {
  #high = 0;
  #low = 0;
  #leading = NONE;
  #trailing = 0;

  /** The first value, in full. `words` are the 32-bit halves of a Float64Array, so that NaN payloads survive. */
  first(writer: BitWriter, words: Uint32Array, index: number): void {
    this.#high = words[2 * index + HIGH] as number;
    this.#low = words[2 * index + LOW] as number;
    this.#leading = NONE;
    this.#trailing = 0;
    writer.bits(this.#high, 32);
    writer.bits(this.#low, 32);
  }

  next(writer: BitWriter, words: Uint32Array, index: number): void {
    const high = words[2 * index + HIGH] as number;
    const low = words[2 * index + LOW] as number;
    const deltaHigh = (high ^ this.#high) >>> 0;
    const deltaLow = (low ^ this.#low) >>> 0;
    this.#high = high;
    this.#low = low;
    if (deltaHigh === 0 && deltaLow === 0) {
      writer.bits(0, 1);
      return;
    }
    const leading = Math.min(deltaHigh === 0 ? 32 + Math.clz32(deltaLow) : Math.clz32(deltaHigh), LEADING_MAX);
    const trailing = deltaLow === 0 ? 32 + trailingZeros(deltaHigh) : trailingZeros(deltaLow);
    if (this.#leading !== NONE && leading >= this.#leading && trailing >= this.#trailing) {
      writer.bits(0b10, 2);
    } else {
      this.#leading = leading;
      this.#trailing = trailing;
      writer.bits(0b11, 2);
      writer.bits(leading, 5);
      // 64 does not fit six bits and stands as 0, which no difference needs.
      writer.bits((64 - leading - trailing) & 0x3f, 6);
    }
    const count = 64 - this.#leading - this.#trailing;
    const shift = this.#trailing;
    if (shift >= 32) writer.bits64(0, deltaHigh >>> (shift - 32), count);
    else if (shift === 0) writer.bits64(deltaHigh, deltaLow, count);
    else writer.bits64(deltaHigh >>> shift, ((deltaLow >>> shift) | (deltaHigh << (32 - shift))) >>> 0, count);
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** True when the signed number fits the bits: one more on the positive side, as Prometheus's chunks have it. */
export function fits(value: number, bits: number): boolean {
  const half = 2 ** (bits - 1);
  return -(half - 1) <= value && value <= half;
}

/** A signed number of at most 53 bits, in two's complement. */
export function signedBits(writer: BitWriter, value: number, count: number): void {
  writer.bits64(Math.floor(value / 2 ** 32) >>> 0, (value - Math.floor(value / 2 ** 32) * 2 ** 32) >>> 0, count);
}
