import type { Labels } from '../../model/labels.ts';
import { type Matcher, literalAlternatives } from '../../model/matcher.ts';
import { type Postings, RefSet, intersect, postingsLength, postingsView, subtract, union } from './postings.ts';
import type { SlowMatches, Verdicts } from './slow-matches.ts';

/** What slow matchers said of values, ahead of a match. */
export type PreparedMatches = ReadonlyMap<Matcher, Verdicts>;

/** What the index needs of a series it holds. */
export type LabelsOfRef = (ref: number) => Labels;

/** Values of one label name. */
interface LabelValues {
  readonly values: Map<string, Postings>;
  /** Series that have the label. */
  readonly all: RefSet;
}

/** A matcher whose candidates are few is tested series by series; up to this many it beats reading all values of a label. */
const TESTED_SERIES_MAX = 64;

/** label name → label value → refs of the series that have it. */
export class LabelIndex {
  readonly #labelsOf: LabelsOfRef;
  readonly #names = new Map<string, LabelValues>();
  readonly #all = new RefSet(1024);

  constructor(labelsOf: LabelsOfRef) {
    this.#labelsOf = labelsOf;
  }

  get size(): number {
    return this.#all.length;
  }

  add(ref: number, labels: Labels): void {
    this.#all.add(ref);
    const pairs = labels.pairs;
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] as string;
      const value = pairs[i + 1] as string;
      let label = this.#names.get(name);
      if (label === undefined) {
        label = { values: new Map(), all: new RefSet() };
        this.#names.set(name, label);
      }
      label.all.add(ref);
      const postings = label.values.get(value);
      if (postings === undefined) label.values.set(value, ref);
      else if (typeof postings === 'number') label.values.set(value, RefSet.of(postings, ref));
      else postings.add(ref);
    }
  }

  /** Every label name with its values and how many series have each. */
  *counts(): IterableIterator<readonly [string, Iterable<readonly [string, number]>]> {
    for (const [name, { values }] of this.#names) yield [name, seriesCounts(values)];
  }

  /** How many values each label name has; quick. */
  *valueCounts(): IterableIterator<readonly [string, number]> {
    for (const [name, { values }] of this.#names) yield [name, values.size];
  }

  /** How many series have each value of one label. */
  seriesCounts(name: string): Iterable<readonly [string, number]> {
    return seriesCounts(this.#names.get(name)?.values ?? new Map());
  }

  /** Takes the series out; each list they are in is rewritten once, however many leave. */
  removeAll(removed: ReadonlySet<number>): void {
    this.#all.removeAll(removed);
    const touched = new Map<string, Set<string>>();
    for (const ref of removed) {
      for (const [name, value] of this.#labelsOf(ref)) {
        let values = touched.get(name);
        if (values === undefined) touched.set(name, (values = new Set()));
        values.add(value);
      }
    }
    for (const [name, values] of touched) {
      const label = this.#names.get(name);
      if (label === undefined) continue;
      label.all.removeAll(removed);
      for (const value of values) {
        const postings = label.values.get(value);
        if (postings === undefined) continue;
        if (typeof postings === 'number') {
          if (removed.has(postings)) label.values.delete(value);
          continue;
        }
        postings.removeAll(removed);
        if (postings.length === 0) label.values.delete(value);
      }
      if (label.all.length === 0) this.#names.delete(name);
    }
  }

  /**
   * Tests by expressions that take their time ahead of `match`, which does not wait; undefined when there is nothing to test ahead.
   * Whoever waited calls `match` in the turn in which this resolves.
   */
  prepare(matchers: readonly Matcher[], slow: SlowMatches, signal: AbortSignal): Promise<PreparedMatches> | undefined {
    if (!matchers.some(({ isSlow }) => isSlow)) return undefined;
    const quick = matchers.filter(({ isSlow }) => !isSlow);
    const refs = quick.length === 0 ? undefined : this.match(quick);
    if (refs !== undefined && refs.length <= TESTED_SERIES_MAX) return undefined;
    return this.#prepared(
      matchers.filter(({ isSlow }) => isSlow),
      refs,
      slow,
      signal,
    );
  }

  async #prepared(
    matchers: readonly Matcher[],
    refs: Uint32Array | undefined,
    slow: SlowMatches,
    signal: AbortSignal,
  ): Promise<PreparedMatches> {
    const prepared = new Map<Matcher, Verdicts>();
    for (const matcher of matchers) {
      const label = this.#names.get(matcher.name);
      if (label === undefined) continue;
      const isFew = refs !== undefined && refs.length < label.values.size;
      const values = isFew ? this.#valuesOf(matcher.name, refs) : label.values.keys();
      prepared.set(matcher, await slow.test(matcher, startingWith(literalPrefix(matcher.value), values), signal));
    }
    return prepared;
  }

  *#valuesOf(name: string, refs: Uint32Array): Generator<string> {
    for (const ref of refs) yield this.#labelsOf(ref).get(name);
  }

  /** Refs of the series that all matchers accept, ascending; not to be changed, and valid until the index changes. */
  match(matchers: readonly Matcher[], prepared?: PreparedMatches): Uint32Array {
    // Cheap and selective first: what equality leaves over need not be looked up by anything else.
    const sorted = [...matchers].sort((a, b) => this.#cost(a) - this.#cost(b));
    let refs: Uint32Array | undefined;
    for (const matcher of sorted) {
      if (refs !== undefined && refs.length === 0) return refs;
      const verdicts = prepared?.get(matcher);
      const test = (value: string): boolean => verdicts?.get(value) ?? matcher.matches(value);
      if (refs !== undefined && refs.length <= this.#testedMax(matcher)) {
        refs = refs.filter((ref) => test(this.#labelsOf(ref).get(matcher.name)));
      } else if (matcher.matches('')) {
        const excluded = this.#refs(matcher, false, test);
        if (excluded !== undefined) refs = subtract(refs ?? this.#all.view(), excluded);
      } else {
        const included = this.#refs(matcher, true, test) ?? new Uint32Array(0);
        refs = refs === undefined ? included : intersect(refs, included);
      }
    }
    return refs ?? this.#all.view();
  }

  /** Up to so many series are tested one by one. */
  #testedMax(matcher: Matcher): number {
    if (!matcher.isSlow) return TESTED_SERIES_MAX;
    return Math.max(TESTED_SERIES_MAX, (this.#names.get(matcher.name)?.values.size ?? 0) - 1);
  }

  /** Label names with at least one series of `refs` (every series when undefined) that `counts` accepts; unsorted. */
  names(refs: Uint32Array | undefined, counts: (ref: number) => boolean): string[] {
    if (refs === undefined) {
      return [...this.#names].filter(([, label]) => label.all.view().some(counts)).map(([name]) => name);
    }
    const names = new Set<string>();
    for (const ref of refs) {
      if (!counts(ref)) continue;
      const pairs = this.#labelsOf(ref).pairs;
      for (let i = 0; i < pairs.length; i += 2) names.add(pairs[i] as string);
    }
    return [...names];
  }

  /** The same for the values of one label. */
  values(name: string, refs: Uint32Array | undefined, counts: (ref: number) => boolean): string[] {
    const label = this.#names.get(name);
    if (label === undefined) return [];
    if (refs === undefined) {
      const found: string[] = [];
      for (const [value, postings] of label.values) {
        if (typeof postings === 'number' ? counts(postings) : postings.view().some(counts)) found.push(value);
      }
      return found;
    }
    const values = new Set<string>();
    for (const ref of refs) {
      if (!counts(ref)) continue;
      const value = this.#labelsOf(ref).get(name);
      if (value !== '') values.add(value);
    }
    return [...values];
  }

  /** Refs whose value the matcher accepts (or refuses); undefined when there are none. */
  #refs(matcher: Matcher, accepted: boolean, test: (value: string) => boolean): Uint32Array | undefined {
    const label = this.#names.get(matcher.name);
    if (label === undefined) return undefined;
    if (matcher.value === '' && (matcher.operator === '=' || matcher.operator === '!=')) return label.all.view();
    const literals = exactValues(matcher);
    const lists: Uint32Array[] = [];
    if (literals !== undefined) {
      for (const literal of new Set(literals)) {
        const postings = label.values.get(literal);
        if (postings !== undefined) lists.push(postingsView(postings));
      }
    } else {
      const prefix = literalPrefix(matcher.value);
      const positive = (matcher.operator === '=~') === accepted;
      for (const [value, postings] of label.values) {
        // A value without the pattern's fixed beginning cannot match it; comparing is far cheaper than the automaton.
        const hit = value.startsWith(prefix) ? test(value) === accepted : !positive;
        if (hit) lists.push(postingsView(postings));
      }
      if (lists.length === label.values.size) return label.all.view();
    }
    return lists.length === 0 ? undefined : union(lists);
  }

  #cost(matcher: Matcher): number {
    const label = this.#names.get(matcher.name);
    if (matcher.operator === '=' && matcher.value !== '') {
      const postings = label?.values.get(matcher.value);
      return postings === undefined ? 0 : postingsLength(postings);
    }
    const values = label?.values.size ?? 0;
    const literal = exactValues(matcher) !== undefined;
    // Regular expressions after equality, exclusions after what includes.
    return (matcher.matches('') ? 2 : 1) * 1e12 + (literal ? 0 : values) * 1e3;
  }
}

/**
 * The values a matcher names one by one: what it accepts when it includes (`=`, `=~ "a|b"`), what it refuses when it
 * excludes. Undefined when they can only be found by testing.
 */
function exactValues(matcher: Matcher): readonly string[] | undefined {
  if (matcher.operator === '=' || matcher.operator === '!=') return matcher.value === '' ? undefined : [matcher.value];
  const literals = literalAlternatives(matcher.value);
  return literals === undefined || literals.includes('') ? undefined : literals;
}

const SPECIAL = /[\\.+*?()[\]{}^$|]/;
const OPTIONAL_NEXT = /^[*?{]/;

/** What every match of an anchored pattern starts with; '' when that is not obvious. */
function literalPrefix(pattern: string): string {
  if (pattern.includes('|')) return '';
  const special = SPECIAL.exec(pattern);
  if (special === null) return pattern;
  const end = OPTIONAL_NEXT.test(pattern.slice(special.index)) ? special.index - 1 : special.index;
  // A surrogate pair is one character to the pattern: never cut it in half.
  const prefix = pattern.slice(0, Math.max(0, end));
  const last = prefix.charCodeAt(prefix.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? prefix.slice(0, -1) : prefix;
}

function* startingWith(prefix: string, values: Iterable<string>): Generator<string> {
  for (const value of values) if (value.startsWith(prefix)) yield value;
}

/** Refs that any of the matcher sets selects; undefined when there are no sets, which means every series. */
export function matchAny(
  index: LabelIndex,
  sets: readonly (readonly Matcher[])[],
  prepared?: PreparedMatches,
): Uint32Array | undefined {
  if (sets.length === 0) return undefined;
  return union(sets.map((set) => index.match(set, prepared)));
}

function* seriesCounts(values: ReadonlyMap<string, Postings>): IterableIterator<readonly [string, number]> {
  for (const [value, postings] of values) yield [value, postingsLength(postings)];
}
