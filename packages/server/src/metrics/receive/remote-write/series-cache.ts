import { decodeLabelPairs } from '@vedette/wire/remote-write';
import { ByteTable, hashBytes } from './byte-table.ts';
import { type CachedSeries, seriesOf } from './cached-series.ts';

/** Series and encoded bytes per generation; two are kept. About 150 MB when both are full of long label sets. */
const GENERATION_SERIES_MAX = 262_144;
const GENERATION_BYTES_MAX = 32 * 1024 * 1024;
/** Label names and values kept to share their memory between series; longer ones seldom repeat. */
const WORDS_MAX = 65_536;
const WORD_LENGTH_MAX = 256;
/** What the store takes (64 labels of 512 and 4,096 characters) is below this in UTF-8; longer ones are not even decoded. */
export const LABELS_BYTES_MAX = 1024 * 1024;
const NONE = -1;

class Generation {
  readonly table = new ByteTable();
  readonly series: CachedSeries[] = [];
  /** Which series followed the series the last time: senders repeat their order. */
  readonly following: number[] = [];
}

/** Recognises the label sets of remote-write 1.0 by their encoded bytes: senders repeat them exactly. */
export class SeriesCache {
  #young = new Generation();
  #old = new Generation();
  #words = new Map<string, string>();
  #bytes: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #previous = NONE;

  get size(): number {
    return this.#young.table.size + this.#old.table.size;
  }

  /** Throws RemoteWriteError when the bytes are no labels. */
  get(bytes: Uint8Array, start: number, end: number): CachedSeries {
    const length = end - start;
    if (length > LABELS_BYTES_MAX)
      return { fault: `a series has ${length} bytes of labels; more than ${LABELS_BYTES_MAX} cannot be stored` };
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const view = this.#view;
    const { table, series, following } = this.#young;
    const expected = this.#previous === NONE ? NONE : (following[this.#previous] ?? NONE);
    if (expected !== NONE && table.equals(expected, view, start, length)) {
      this.#previous = expected;
      return series[expected] as CachedSeries;
    }
    const hash = hashBytes(view, start, length);
    const known = table.find(view, start, length, hash);
    if (known !== NONE) {
      if (this.#previous !== NONE) following[this.#previous] = known;
      this.#previous = known;
      return series[known] as CachedSeries;
    }
    const old = this.#old.table.find(view, start, length, hash);
    const found = old === NONE ? this.#decode(bytes, start, end) : (this.#old.series[old] as CachedSeries);
    this.#add(found, bytes, start, length, hash);
    return found;
  }

  /** The request's bytes must not be kept for the sake of the next look-up. */
  release(): void {
    this.#bytes = undefined;
    this.#view = new DataView(new ArrayBuffer(0));
  }

  #add(found: CachedSeries, bytes: Uint8Array, start: number, length: number, hash: number): void {
    if (this.#young.table.size >= GENERATION_SERIES_MAX || this.#young.table.bytes + length > GENERATION_BYTES_MAX) {
      this.#old = this.#young;
      this.#young = new Generation();
      this.#previous = NONE;
    }
    const { table, series, following } = this.#young;
    const id = table.add(bytes, start, length, hash);
    series.push(found);
    following.push(NONE);
    if (this.#previous !== NONE) following[this.#previous] = id;
    this.#previous = id;
  }

  #decode(bytes: Uint8Array, start: number, end: number): CachedSeries {
    return seriesOf(decodeLabelPairs(bytes.subarray(0, end), start, end).map((word) => this.#share(word)));
  }

  #share(word: string): string {
    if (word.length > WORD_LENGTH_MAX) return word;
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    if (this.#words.size >= WORDS_MAX) this.#words.clear();
    this.#words.set(word, word);
    return word;
  }
}
