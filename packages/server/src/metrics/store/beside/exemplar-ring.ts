import { compareCodeUnits } from '../../../model/labels.ts';
import type { StoredExemplar } from '../../../model/ports.ts';

/** Characters of all label names and values together. Source: OpenMetrics 1.0, "Exemplars". */
export const EXEMPLAR_CHARACTERS_MAX = 128;

export type ExemplarFault = 'duplicate' | 'out-of-order' | 'too-long';

interface Entry {
  readonly ref: number;
  readonly exemplar: StoredExemplar;
  gone: boolean;
}

/** The newest exemplars of all series together, a bounded number; each new one takes the place of the oldest. */
export class ExemplarRing {
  readonly #max: number;
  readonly #entries: Entry[] = [];
  /** The oldest entry once the ring is full. */
  #next = 0;
  /** By ref: in the order they came, which is that of time. */
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

  /** Why an exemplar cannot be kept behind the series' newest one, by the rules of Prometheus; undefined when it can. */
  fault(ref: number, exemplar: StoredExemplar): ExemplarFault | undefined {
    let characters = 0;
    for (const text of exemplar.labels.pairs) for (const _ of text) characters++;
    if (characters > EXEMPLAR_CHARACTERS_MAX) return 'too-long';
    const newest = this.#series.get(ref)?.at(-1)?.exemplar;
    if (newest === undefined) return undefined;
    const order =
      exemplar.timestampMs - newest.timestampMs ||
      compareNumbers(exemplar.value, newest.value) ||
      compareCodeUnits(exemplar.labels.key, newest.labels.key);
    if (order === 0) return 'duplicate';
    return order < 0 ? 'out-of-order' : undefined;
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
    else own.push(entry);
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

/** NaNs are equal to each other and above all numbers. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -1 : 1;
}
