/** Thrown when a bit string ends before its syntax does, or holds a number that its syntax does not allow. */
export class BitsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BitsError';
  }
}

/** Reads bits, most significant first, and Exp-Golomb codes (ITU-T H.264 9.1, H.265 9.2). Throws a BitsError at the end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bitsLeft(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  bit(): number {
    const byte = this.#bytes[this.#bit >> 3];
    if (byte === undefined) throw new BitsError('the bits end too early');
    const value = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit++;
    return value;
  }

  flag(): boolean {
    return this.bit() === 1;
  }

  /** Unsigned, `count` of 0 to 32 bits. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  skip(count: number): void {
    if (count > this.bitsLeft) throw new BitsError('the bits end too early');
    this.#bit += count;
  }

  /** ue(v), at most 2³² − 2. */
  ue(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      zeros++;
      if (zeros > 31) throw new BitsError('an Exp-Golomb code is longer than 32 bits');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** ue(v) that the syntax limits; beyond it the bits are garbage. */
  ueMax(most: number): number {
    const value = this.ue();
    if (value > most) throw new BitsError(`${value} where at most ${most} is allowed`);
    return value;
  }

  /** se(v). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
