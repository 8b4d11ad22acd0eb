/** Code lengths go up to this. */
const CODE_BITS_MAX = 16;

/** A Huffman table (ITU-T T.81, annex C): for the next 16 bits, the code's length in the upper byte and its symbol in the lower; 0: no code. */
export type HuffmanTable = Uint16Array;

export function emptyTable(): HuffmanTable {
  return new Uint16Array(1 << CODE_BITS_MAX);
}

/** Makes the table anew. `counts`: how many codes have each length from 1 to 16. Throws Error when there are more codes than fit. */
export function fillTable(table: HuffmanTable, counts: Uint8Array, symbols: Uint8Array): void {
  table.fill(0);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= CODE_BITS_MAX; length++) {
    const width = 1 << (CODE_BITS_MAX - length);
    for (let left = counts[length - 1] ?? 0; left > 0; left--) {
      if (code + width > table.length) throw new Error('a Huffman table has more codes than fit');
      table.fill((length << 8) | (symbols[index++] ?? 0), code, code + width);
      code += width;
    }
  }
}

/** Reads the entropy-coded bits of a scan: stuffed zeros are passed over, and at a marker it goes on with zeros until `checkEnd`. */
export class JpegBits {
  readonly #bytes: Uint8Array;
  #at: number;
  #buffer = 0;
  #count = 0;
  /** Of the bits in the buffer and before it, those that were made up. */
  #madeUp = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The next symbol. Throws Error for bits that are no code. */
  symbol(table: HuffmanTable): number {
    if (this.#count < CODE_BITS_MAX) this.#fill();
    const entry = table[(this.#buffer >>> (this.#count - CODE_BITS_MAX)) & 0xffff] as number;
    if (entry === 0) throw new Error('its data is damaged');
    this.#count -= entry >> 8;
    return entry & 0xff;
  }

  /** A number of so many bits, the upper half of whose range is positive (T.81 F.2.2.1). */
  signed(bits: number): number {
    if (bits === 0) return 0;
    if (this.#count < bits) this.#fill();
    this.#count -= bits;
    const value = (this.#buffer >>> this.#count) & ((1 << bits) - 1);
    return value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
  }

  /** Throws Error when more was read than was there. */
  checkEnd(): void {
    if (this.#madeUp > this.#count) throw new Error('it is cut off');
  }

  /** Goes behind the restart marker that must come next. */
  restart(): void {
    this.checkEnd();
    this.#buffer = 0;
    this.#count = 0;
    this.#madeUp = 0;
    const code = this.#bytes[this.#at + 1] ?? 0;
    if (this.#bytes[this.#at] !== 0xff || code < 0xd0 || code > 0xd7) throw new Error('its data is damaged');
    this.#at += 2;
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#count <= CODE_BITS_MAX) {
      let byte = bytes[this.#at];
      if (byte === 0xff && bytes[this.#at + 1] === 0) this.#at += 2;
      else if (byte === undefined || byte === 0xff) {
        byte = 0;
        this.#madeUp += 8;
      } else this.#at++;
      this.#buffer = (this.#buffer << 8) | byte;
      this.#count += 8;
    }
  }
}
