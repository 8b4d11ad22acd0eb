import { RemoteWriteError, decodeText } from './protobuf-reader.ts';

/** Strings of one 2.0 request; a request of the default 2,000 samples has a few thousand. */
export const SYMBOLS_MAX = 1_000_000;
const CAPACITY_FIRST = 1_024;

/** The `symbols` of a 2.0 request: where each lies in the message. Text is decoded when asked for. */
export class SymbolTable {
  readonly bytes: Uint8Array;
  count = 0;
  #start = new Uint32Array(CAPACITY_FIRST);
  #end = new Uint32Array(CAPACITY_FIRST);
  readonly #texts = new Map<number, string>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Throws RemoteWriteError when there are more than SYMBOLS_MAX. */
  add(start: number, end: number): void {
    if (this.count === SYMBOLS_MAX)
      throw new RemoteWriteError(`the request has more than ${SYMBOLS_MAX} symbols; send smaller batches`);
    if (this.count === this.#start.length) {
      this.#start = doubled(this.#start);
      this.#end = doubled(this.#end);
    }
    this.#start[this.count] = start;
    this.#end[this.count++] = end;
  }

  has(ref: number): boolean {
    return ref < this.count;
  }

  /** Of a symbol that is there. */
  start(ref: number): number {
    return this.#start[ref] as number;
  }

  end(ref: number): number {
    return this.#end[ref] as number;
  }

  /** Throws RemoteWriteError when the symbol is not UTF-8. The reference must be valid. */
  text(ref: number): string {
    let text = this.#texts.get(ref);
    if (text === undefined) {
      text = decodeText(this.bytes, this.start(ref), this.end(ref));
      this.#texts.set(ref, text);
    }
    return text;
  }
}

function doubled(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(column.length * 2);
  larger.set(column);
  return larger;
}
