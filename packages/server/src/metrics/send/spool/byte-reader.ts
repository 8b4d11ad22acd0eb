/** Reads what a ByteWriter wrote. The bytes passed a checksum, so that a fault is one of this program: it throws RangeError. */
export class ByteReader {
  readonly #bytes: Buffer;
  at = 0;
  /** The halves of the double read last. */
  low = 0;
  high = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  unsigned(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = this.#byte();
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Leaves the bits in `low` and `high`, so that a NaN keeps its payload. */
  double(): void {
    const used = this.#byte();
    const word = (from: number): number => {
      let value = 0;
      for (let i = from; i < from + 4; i++) value = (value << 8) | (i < used ? this.#byte() : 0);
      return value >>> 0;
    };
    this.high = word(0);
    this.low = word(4);
  }

  text(): string {
    const bytes = this.unsigned();
    const text = this.#bytes.toString('utf8', this.at, this.at + bytes);
    this.at += bytes;
    return text;
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError('a spool block ends too early');
    return byte;
  }
}
