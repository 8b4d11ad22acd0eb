/** Label names and values never contain 0xFF in UTF-8, nor these code units in practice; they separate parts of a key. */
const PAIR_SEPARATOR = '\u0001';
const NAME_SEPARATOR = '\u0002';

export const METRIC_NAME = '__name__';

/**
 * An immutable label set, sorted by label name; the metric name is the label `__name__`. A label with an empty value is
 * the same as no label and is never stored. `key` identifies the set and is computed once.
 */
export class Labels {
  /** name, value, name, value, … sorted by name (code unit order). */
  readonly pairs: readonly string[];
  #key: string | undefined;
  /** For an index that knows this very object: its own number for the set, valid while `memoOwner` is what it put there. */
  memoOwner = 0;
  memoRef = 0;
  /** For the listener in front of the store: what a series says to it, as a number of its own; 0: not looked at yet. */
  memoListened = 0;

  private constructor(pairs: readonly string[]) {
    this.pairs = pairs;
  }

  static readonly EMPTY: Labels = new Labels([]);

  /** From pairs that are already sorted by name, unique, and without empty values; not checked. */
  static fromSortedPairs(pairs: readonly string[]): Labels {
    return pairs.length === 0 ? Labels.EMPTY : new Labels(pairs);
  }

  /** From [name, value] entries in any order; of equal names the last wins; empty values are dropped. */
  static fromEntries(entries: Iterable<readonly [string, string]>): Labels {
    const map = new Map<string, string>();
    for (const [name, value] of entries) map.set(name, value);
    return Labels.fromMap(map);
  }

  static fromObject(object: Readonly<Record<string, string>>): Labels {
    const pairs: string[] = [];
    for (const name of Object.keys(object).sort(compareCodeUnits)) {
      const value = object[name] as string;
      if (value !== '') pairs.push(name, value);
    }
    return Labels.fromSortedPairs(pairs);
  }

  static fromMap(map: ReadonlyMap<string, string>): Labels {
    const names: string[] = [];
    for (const [name, value] of map) if (value !== '') names.push(name);
    names.sort(compareCodeUnits);
    const pairs: string[] = [];
    for (const name of names) pairs.push(name, map.get(name) ?? '');
    return Labels.fromSortedPairs(pairs);
  }

  /** Number of labels, `__name__` included. */
  get size(): number {
    return this.pairs.length / 2;
  }

  /** The value, or '' when the label is absent. */
  get(name: string): string {
    const pairs = this.pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1] as string;
    return '';
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  get metricName(): string {
    return this.get(METRIC_NAME);
  }

  /** Canonical text of the set: equal keys mean equal sets. Not for people; see `toString`. */
  get key(): string {
    if (this.#key === undefined) {
      const parts: string[] = [];
      const pairs = this.pairs;
      for (let i = 0; i < pairs.length; i += 2)
        parts.push(pairs[i] as string, NAME_SEPARATOR, pairs[i + 1] as string, PAIR_SEPARATOR);
      // One piece of memory: what `+` put together is kept as all its pieces, for as long as the set is known.
      this.#key = parts.join('');
    }
    return this.#key;
  }

  /**
   * From an equal set takes over the array of pairs, and forgets `key`, which is made again when somebody asks: for sets that are
   * kept long beside another one.
   */
  shareWith(equal: Labels): void {
    if (this === equal) return;
    (this as { pairs: readonly string[] }).pairs = equal.pairs;
    this.#key = undefined;
  }

  equals(other: Labels): boolean {
    const { pairs } = this;
    if (pairs === other.pairs) return true;
    if (pairs.length !== other.pairs.length) return false;
    for (let i = 0; i < pairs.length; i++) if (pairs[i] !== other.pairs[i]) return false;
    return true;
  }

  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.pairs.length; i += 2) yield [this.pairs[i] as string, this.pairs[i + 1] as string];
  }

  toMap(): Map<string, string> {
    return new Map(this);
  }

  toObject(): Record<string, string> {
    const object: Record<string, string> = {};
    // defineProperty semantics, so that a label named __proto__ stays a label.
    for (const [name, value] of this) {
      Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return object;
  }

  /** A copy with the label set; an empty value removes it. */
  with(name: string, value: string): Labels {
    const map = this.toMap();
    map.set(name, value);
    return Labels.fromMap(map);
  }

  without(...names: readonly string[]): Labels {
    return this.filter((name) => !names.includes(name));
  }

  /** Only the named labels; `__name__` only when named. */
  only(...names: readonly string[]): Labels {
    return this.filter((name) => names.includes(name));
  }

  filter(keep: (name: string, value: string) => boolean): Labels {
    const all = this.pairs;
    const pairs: string[] = [];
    for (let i = 0; i < all.length; i += 2) {
      const name = all[i] as string;
      const value = all[i + 1] as string;
      if (keep(name, value)) pairs.push(name, value);
    }
    return pairs.length === all.length ? this : Labels.fromSortedPairs(pairs);
  }

  /** As PromQL writes it: `name{a="b", c="d"}`. */
  toString(): string {
    const name = this.metricName;
    const rest: string[] = [];
    for (const [label, value] of this) if (label !== METRIC_NAME) rest.push(`${label}=${JSON.stringify(value)}`);
    return rest.length === 0 && name !== '' ? name : `${name}{${rest.join(', ')}}`;
  }
}

export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
