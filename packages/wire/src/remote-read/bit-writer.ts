const CAPACITY_FIRST = 256;

/** Appends bits, the highest first, to growing bytes. */
export class BitWriter {
  #bytes = new Uint8Array(CAPACITY_FIRST);
  #at = 0;
  /** Bits still free in the last byte. */
  #free = 0;

  clear(): void {
    this.#bytes.fill(0, 0, this.#at);
    this.#at = 0;
    this.#free = 0;
  }

  /** A copy of what was written, the last byte filled with zeros. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  /** Overwrites a whole byte written before. */
  setByte(index: number, value: number): void {
    this.#bytes[index] = value;
  }

  /** The lowest `count` (at most 32) bits of a 32-bit number. */
  bits(value: number, count: number): void {
    let left = count;
    while (left > 0) {
      if (this.#free === 0) this.#grow();
      const taken = Math.min(left, this.#free);
      const part = (value >>> (left - taken)) & (0xff >> (8 - taken));
      const last = this.#at - 1;
      this.#bytes[last] = (this.#bytes[last] as number) | (part << (this.#free - taken));
      this.#free -= taken;
      left -= taken;
    }
  }

  /** The lowest `count` (at most 64) bits of a number in two halves. */
  bits64(high: number, low: number, count: number): void {
    if (count > 32) this.bits(high, count - 32);
    this.bits(low, Math.min(count, 32));
  }

  /** Seven bits to the byte, the lowest first; below 2^53. */
  uvarint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.bits((rest % 128) | 0x80, 8);
    this.bits(rest, 8);
  }

  #grow(): void {
    if (this.#at === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#at++;
    this.#free = 8;
  }
}
