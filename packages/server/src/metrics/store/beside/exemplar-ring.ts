import { compareCodeUnits } from '../../../model/labels.ts';
import type { StoredExemplar } from '../../../model/ports.ts';

/** Characters of all label names and values together. Source: OpenMetrics 1.0, "Exemplars". */
export const EXEMPLAR_CHARACTERS_MAX = 128;

export type ExemplarFault = 'duplicate' | 'too-long';

interface Entry {
  readonly ref: number;
  readonly exemplar: StoredExemplar;
  gone: boolean;
}

/** The exemplars of all series together that came last, a bounded number; each new one takes the place of the one that came first. */
export class ExemplarRing {
  readonly #max: number;
  readonly #entries: Entry[] = [];
  /** The entry that came first once the ring is full. */
  #next = 0;
  /** By ref, in order of time, value and labels. */
  readonly #series = new Map<number, Entry[]>();
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#max > 0 && this.#length >= this.#max;
  }

  get oldestMs(): number | undefined {
    let oldest = Infinity;
    for (const entry of this.#entries) if (!entry.gone) oldest = Math.min(oldest, entry.exemplar.timestampMs);
    return oldest === Infinity ? undefined : oldest;
  }

  /** Why an exemplar cannot be kept; undefined when it can. A late one takes its place between the others, unlike in Prometheus. */
  fault(ref: number, exemplar: StoredExemplar): ExemplarFault | undefined {
    let characters = 0;
    for (const text of exemplar.labels.pairs) for (const _ of text) characters++;
    if (characters > EXEMPLAR_CHARACTERS_MAX) return 'too-long';
    const own = this.#series.get(ref);
    const same = own?.[firstNotBefore(own, exemplar)]?.exemplar;
    return same !== undefined && compare(same, exemplar) === 0 ? 'duplicate' : undefined;
  }

  /** Keeps an exemplar without a fault. */
  add(ref: number, exemplar: StoredExemplar): void {
    if (this.#max <= 0) return;
    const entry: Entry = { ref, exemplar, gone: false };
    if (this.#entries.length < this.#max) {
      this.#entries.push(entry);
    } else {
      this.#evict(this.#entries[this.#next] as Entry);
      this.#entries[this.#next] = entry;
      this.#next = (this.#next + 1) % this.#max;
    }
    const own = this.#series.get(ref);
    if (own === undefined) this.#series.set(ref, [entry]);
    else own.splice(firstNotBefore(own, exemplar), 0, entry);
    this.#length++;
  }

  /** In [fromMs, toMs], ascending. */
  select(ref: number, fromMs: number, toMs: number): readonly StoredExemplar[] {
    const found: StoredExemplar[] = [];
    for (const { exemplar } of this.#series.get(ref) ?? [])
      if (exemplar.timestampMs >= fromMs && exemplar.timestampMs <= toMs) found.push(exemplar);
    return found;
  }

  /** Series that have exemplars. */
  refs(): Iterable<number> {
    return this.#series.keys();
  }

  erase(ref: number, fromMs: number, toMs: number): void {
    for (const entry of this.#series.get(ref)?.slice() ?? []) {
      const { timestampMs } = entry.exemplar;
      if (timestampMs >= fromMs && timestampMs <= toMs) this.#evict(entry);
    }
  }

  removeSeries(ref: number): void {
    this.erase(ref, -Infinity, Infinity);
  }

  #evict(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    this.#length--;
    const own = this.#series.get(entry.ref) as Entry[];
    own.splice(own.indexOf(entry), 1);
    if (own.length === 0) this.#series.delete(entry.ref);
  }
}

/** Nearly always the end: exemplars mostly come in order. */
function firstNotBefore(entries: readonly Entry[], exemplar: StoredExemplar): number {
  const last = entries.at(-1);
  if (last === undefined || compare(last.exemplar, exemplar) < 0) return entries.length;
  let from = 0;
  let to = entries.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare((entries[middle] as Entry).exemplar, exemplar) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function compare(a: StoredExemplar, b: StoredExemplar): number {
  return (
    a.timestampMs - b.timestampMs || compareNumbers(a.value, b.value) || compareCodeUnits(a.labels.key, b.labels.key)
  );
}

/** NaNs are equal to each other and above all numbers. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -1 : 1;
}
