import { decodeLabelPairs } from '@vedette/wire/remote-write';
import { Labels, METRIC_NAME } from '../../../model/labels.ts';

/** A label set as a sender encodes it, decoded once; `fault` says why it cannot be stored. */
export type CachedSeries =
  | { readonly labels: Labels; readonly fault?: undefined }
  | { readonly labels?: undefined; readonly fault: string };

interface Entry {
  readonly bytes: Uint8Array;
  readonly series: CachedSeries;
  readonly next: Entry | undefined;
}

/** Series and encoded bytes per generation; two are kept. About 100 MB when both are full of long label sets. */
const GENERATION_SERIES_MAX = 65_536;
const GENERATION_BYTES_MAX = 16 * 1024 * 1024;
/** Label names and values kept to share their memory between series; longer ones seldom repeat. */
const WORDS_MAX = 65_536;
const WORD_LENGTH_MAX = 256;
/** What the store takes (64 labels of 512 and 4,096 characters) is below this in UTF-8; longer ones are not even decoded. */
export const LABELS_BYTES_MAX = 1024 * 1024;

/** Recognises label sets by their encoded bytes: senders repeat them exactly. */
export class SeriesCache {
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;
  #words = new Map<string, string>();

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Throws RemoteWriteError when the bytes are no labels. */
  get(bytes: Uint8Array, start: number, end: number): CachedSeries {
    if (end - start > LABELS_BYTES_MAX)
      return { fault: `a series has ${end - start} bytes of labels; more than ${LABELS_BYTES_MAX} cannot be stored` };
    const hash = hashOf(bytes, start, end);
    const young = find(this.#young.get(hash), bytes, start, end);
    if (young) return young.series;
    const old = find(this.#old.get(hash), bytes, start, end);
    return this.#add(hash, old?.bytes ?? bytes.slice(start, end), old?.series);
  }

  #add(hash: number, bytes: Uint8Array, known: CachedSeries | undefined): CachedSeries {
    const series = known ?? this.#decode(bytes);
    if (this.#young.size >= GENERATION_SERIES_MAX || this.#youngBytes >= GENERATION_BYTES_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#youngBytes += bytes.length;
    this.#young.set(hash, { bytes, series, next: this.#young.get(hash) });
    return series;
  }

  #decode(bytes: Uint8Array): CachedSeries {
    const pairs = decodeLabelPairs(bytes, 0, bytes.length);
    let sorted = true;
    const names = new Set<string>();
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] as string;
      if (name === '') return { fault: `a series has a label without a name: ${describe(pairs)}` };
      if (names.has(name)) return { fault: `label name "${name}" is not unique in ${describe(pairs)}` };
      names.add(name);
      sorted &&= pairs[i + 1] !== '' && (i === 0 || (pairs[i - 2] as string) < name);
    }
    if (!names.has(METRIC_NAME)) return { fault: `a series has no metric name (__name__ label): ${describe(pairs)}` };
    const shared = pairs.map((word) => this.#share(word));
    if (sorted) return { labels: Labels.fromSortedPairs(shared) };
    const map = new Map<string, string>();
    for (let i = 0; i < shared.length; i += 2) map.set(shared[i] as string, shared[i + 1] as string);
    return { labels: Labels.fromMap(map) };
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

const DESCRIPTION_LENGTH_MAX = 200;

function describe(pairs: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) parts.push(`${pairs[i]}=${JSON.stringify(pairs[i + 1])}`);
  const text = `{${parts.join(', ')}}`;
  return text.length > DESCRIPTION_LENGTH_MAX ? `${text.slice(0, DESCRIPTION_LENGTH_MAX)}…` : text;
}

function find(first: Entry | undefined, bytes: Uint8Array, start: number, end: number): Entry | undefined {
  for (let entry = first; entry; entry = entry.next) {
    const known = entry.bytes;
    if (known.length !== end - start) continue;
    let i = 0;
    while (i < known.length && known[i] === bytes[start + i]) i++;
    if (i === known.length) return entry;
  }
  return undefined;
}

/** FNV-1a over words of four bytes; equality is checked on the bytes, so it only has to spread. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash >>> 0;
}
