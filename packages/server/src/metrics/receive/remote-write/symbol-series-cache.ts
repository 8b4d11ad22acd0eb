import type { SymbolTable } from '@vedette/wire/remote-write';
import { ByteTable, hashBytes } from './byte-table.ts';
import { type CachedSeries, seriesOf } from './cached-series.ts';

/** Of one generation, after which both are forgotten. About 150 MB when full of long words. */
const WORDS_MAX = 1_000_000;
const WORDS_BYTES_MAX = 32 * 1024 * 1024;
const SERIES_MAX = 262_144;
const NONE = -1;

/** Words and the series made of them; a request stays with the one it began with. */
class Generation {
  readonly words = new ByteTable();
  readonly texts: string[] = [];
  readonly table = new ByteTable();
  readonly series: CachedSeries[] = [];
  readonly following: number[] = [];

  get full(): boolean {
    return this.words.size >= WORDS_MAX || this.words.bytes >= WORDS_BYTES_MAX || this.table.size >= SERIES_MAX;
  }
}

/**
 * Recognises the label sets of remote-write 2.0. Each request numbers its symbols anew, so a symbol is recognised by its bytes,
 * once per request, and a series by the sequence of the words that its references mean.
 */
export class SymbolSeriesCache {
  #generation = new Generation();

  /** For one request. */
  open(symbols: SymbolTable): SymbolSeries {
    if (this.#generation.full) this.#generation = new Generation();
    return new SymbolSeries(this.#generation, symbols);
  }
}

export class SymbolSeries {
  readonly #generation: Generation;
  readonly #symbols: SymbolTable;
  readonly #view: DataView;
  readonly #wordOfSymbol: Int32Array;
  #previous = NONE;
  #key = new Uint32Array(64);
  #keyBytes = new Uint8Array(this.#key.buffer);
  #keyView = new DataView(this.#key.buffer);

  constructor(generation: Generation, symbols: SymbolTable) {
    this.#generation = generation;
    this.#symbols = symbols;
    this.#view = new DataView(symbols.bytes.buffer, symbols.bytes.byteOffset, symbols.bytes.length);
    this.#wordOfSymbol = new Int32Array(symbols.count).fill(NONE);
  }

  /** `refs[0, count)` as the sender wrote them, unchecked. Throws RemoteWriteError when a symbol is not UTF-8. */
  get(refs: Uint32Array, count: number): CachedSeries {
    if (count > refs.length) return { fault: `a series has ${count} label references; more cannot be stored` };
    if (count % 2 !== 0) return { fault: `a series has ${count} label references, which are no pairs` };
    if (count > this.#key.length) this.#growKey(count);
    const key = this.#key;
    for (let i = 0; i < count; i++) {
      const ref = refs[i] as number;
      if (!this.#symbols.has(ref))
        return { fault: `a series refers to symbol ${ref} and the request has ${this.#symbols.count} symbols` };
      const word = this.#wordOfSymbol[ref] as number;
      key[i] = word === NONE ? this.#word(ref) : word;
    }
    const { table, series, following } = this.#generation;
    const length = count * 4;
    const expected = this.#previous === NONE ? NONE : (following[this.#previous] ?? NONE);
    let id = expected;
    if (expected === NONE || !table.equals(expected, this.#keyView, 0, length)) {
      const hash = hashBytes(this.#keyView, 0, length);
      id = table.find(this.#keyView, 0, length, hash);
      if (id === NONE) {
        // Only keys chosen to collide come here again and again within one request.
        if (table.size >= 2 * SERIES_MAX) return this.#decode(count);
        id = table.add(this.#keyBytes, 0, length, hash);
        series.push(this.#decode(count));
        following.push(NONE);
      }
      if (this.#previous !== NONE) following[this.#previous] = id;
    }
    this.#previous = id;
    return series[id] as CachedSeries;
  }

  #decode(count: number): CachedSeries {
    const { texts } = this.#generation;
    return seriesOf(Array.from(this.#key.subarray(0, count), (word) => texts[word] as string));
  }

  #word(ref: number): number {
    const { words, texts } = this.#generation;
    const start = this.#symbols.start(ref);
    const length = this.#symbols.end(ref) - start;
    const hash = hashBytes(this.#view, start, length);
    let word = words.find(this.#view, start, length, hash);
    if (word === NONE) {
      const text = this.#symbols.text(ref);
      word = words.add(this.#symbols.bytes, start, length, hash);
      texts.push(text);
    }
    this.#wordOfSymbol[ref] = word;
    return word;
  }

  #growKey(count: number): void {
    this.#key = new Uint32Array(count);
    this.#keyBytes = new Uint8Array(this.#key.buffer);
    this.#keyView = new DataView(this.#key.buffer);
  }
}
