const utf8 = new TextEncoder();
const CAPACITY_FIRST = 4_096;

/** Writes protobuf's wire format into one growing buffer. */
export class ProtobufWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #at = 0;

  constructor(capacity = CAPACITY_FIRST) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  get length(): number {
    return this.#at;
  }

  /** A copy of what was written. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#at);
  }

  /** Writes the content first, then moves it to make room for its length. */
  message(field: number, content: () => void): void {
    this.tag(field, 2);
    const start = this.#at;
    // Room for a length of one byte, which most messages have.
    this.#reserve(1);
    this.#at++;
    content();
    const length = this.#at - start - 1;
    const lengthBytes = varintLength(length);
    if (lengthBytes > 1) {
      this.#reserve(lengthBytes - 1);
      this.#buffer.copyWithin(start + lengthBytes, start + 1, this.#at);
    }
    this.#at = start;
    this.varint(length);
    this.#at += length;
  }

  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }

  /** Empty text is the default and not written. */
  text(field: number, text: string): void {
    if (text === '') return;
    this.string(field, text);
  }

  /** Also when it is empty, as an element of a list. */
  string(field: number, text: string): void {
    this.tag(field, 2);
    // UTF-8 needs at most three bytes for each UTF-16 unit.
    const start = this.#at;
    const room = varintLength(text.length * 3);
    this.#reserve(room + text.length * 3);
    const { written } = utf8.encodeInto(text, this.#buffer.subarray(start + room));
    const lengthBytes = varintLength(written);
    if (lengthBytes < room) this.#buffer.copyWithin(start + lengthBytes, start + room, start + room + written);
    this.varint(written);
    this.#at = start + lengthBytes + written;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Copies the bits, so that a NaN keeps its payload. */
  doubleBits(field: number, low: number, high: number): void {
    this.tag(field, 1);
    this.#reserve(8);
    this.#view.setUint32(this.#at, low, true);
    this.#view.setUint32(this.#at + 4, high, true);
    this.#at += 8;
  }

  double(field: number, value: number): void {
    this.tag(field, 1);
    this.fixedDouble(value);
  }

  /** Without a tag, as an element of a packed list. */
  fixedDouble(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  int64(field: number, value: number): void {
    this.tag(field, 0);
    if (value >= 0) {
      this.varint(value);
      return;
    }
    for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
      this.#reserve(1);
      this.#buffer[this.#at++] = Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0);
      if (rest <= 0x7fn) return;
    }
  }

  /** A signed number of at most 52 bits. */
  zigzag(field: number, value: number): void {
    this.tag(field, 0);
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** An unsigned number below 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7f_ffff) {
      this.#buffer[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at + bytes));
    grown.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length++;
  return length;
}
