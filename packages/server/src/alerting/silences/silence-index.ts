import type { Labels } from '../../model/labels.ts';
import { type Matcher, literalAlternatives } from '../../model/matcher.ts';
import type { Silence } from '../ports.ts';
import { literalPrefix } from './literal-prefix.ts';

/** Values of one label whose silences are remembered; beyond, they are worked out again. */
const REMEMBERED_VALUES_MAX = 50_000;

/**
 * Finds the silences whose matchers match a label set. Each silence hangs on one of its matchers that an absent label does not match
 * (a valid silence has one): on the values themselves when the matcher lists them, else with the patterns of that label's name. A
 * look-up costs a few map accesses per label, however many silences there are.
 */
export class SilenceIndex {
  readonly #names = new Map<string, NameIndex>();

  add(silence: Silence): void {
    const anchor = anchorOf(silence);
    let index = this.#names.get(anchor.name);
    if (!index) {
      index = new NameIndex();
      this.#names.set(anchor.name, index);
    }
    index.add(anchor, silence);
  }

  remove(silence: Silence): void {
    const anchor = anchorOf(silence);
    const index = this.#names.get(anchor.name);
    index?.remove(anchor, silence);
    if (index?.isEmpty) this.#names.delete(anchor.name);
  }

  /** In no particular order; whatever the time. */
  find(labels: Labels): Silence[] {
    const found: Silence[] = [];
    if (this.#names.size === 0) return found;
    const { pairs } = labels;
    for (let i = 0; i < pairs.length; i += 2) {
      const index = this.#names.get(pairs[i] as string);
      index?.collect(pairs[i + 1] as string, labels, found);
    }
    return found;
  }
}

/** The matcher that a silence is found by: one that lists its values, else a pattern with a beginning, else any. */
function anchorOf({ matchers }: Silence): Matcher {
  const anchors = matchers.filter((matcher) => !matcher.matches(''));
  const anchor =
    anchors.find((matcher) => valuesOf(matcher) !== undefined) ??
    anchors.find((matcher) => prefixOf(matcher) !== '') ??
    anchors.find(({ operator }) => operator === '=~') ??
    anchors[0];
  if (anchor === undefined) throw new Error('a silence that matches everything cannot be indexed');
  return anchor;
}

function prefixOf({ operator, value }: Matcher): string {
  return operator === '=~' ? literalPrefix(value) : '';
}

/** A silence that has to be asked whether it matches a value. */
interface Pattern {
  readonly matcher: Matcher;
  readonly prefix: string;
}

function patternMatches({ matcher, prefix }: Pattern, value: string): boolean {
  return value.startsWith(prefix) && matcher.matches(value);
}

/** The values that it matches, when it lists them. */
function valuesOf({ operator, value }: Matcher): readonly string[] | undefined {
  if (operator === '=') return [value];
  return operator === '=~' ? literalAlternatives(value) : undefined;
}

/** The silences that hang on one label name. */
class NameIndex {
  readonly #byValue = new Map<string, Set<Silence>>();
  readonly #patterns = new Map<Silence, Pattern>();
  /** Of values that were asked for: which of the patterns match. */
  readonly #remembered = new Map<string, Set<Silence>>();

  get isEmpty(): boolean {
    return this.#byValue.size === 0 && this.#patterns.size === 0;
  }

  add(anchor: Matcher, silence: Silence): void {
    for (const value of valuesOf(anchor) ?? []) {
      const at = this.#byValue.get(value);
      if (at) at.add(silence);
      else this.#byValue.set(value, new Set([silence]));
    }
    if (valuesOf(anchor) !== undefined) return;
    const pattern = { matcher: anchor, prefix: prefixOf(anchor) };
    this.#patterns.set(silence, pattern);
    for (const [value, silences] of this.#remembered) if (patternMatches(pattern, value)) silences.add(silence);
  }

  remove(anchor: Matcher, silence: Silence): void {
    for (const value of valuesOf(anchor) ?? []) {
      const at = this.#byValue.get(value);
      at?.delete(silence);
      if (at?.size === 0) this.#byValue.delete(value);
    }
    if (!this.#patterns.delete(silence)) return;
    if (this.#patterns.size === 0) this.#remembered.clear();
    else for (const silences of this.#remembered.values()) silences.delete(silence);
  }

  collect(value: string, labels: Labels, found: Silence[]): void {
    for (const silence of this.#byValue.get(value) ?? []) if (matches(silence, labels)) found.push(silence);
    if (this.#patterns.size === 0) return;
    for (const silence of this.#matchingPatterns(value)) if (matches(silence, labels)) found.push(silence);
  }

  #matchingPatterns(value: string): ReadonlySet<Silence> {
    const known = this.#remembered.get(value);
    if (known) return known;
    const matching = new Set<Silence>();
    for (const [silence, pattern] of this.#patterns) if (patternMatches(pattern, value)) matching.add(silence);
    if (this.#remembered.size >= REMEMBERED_VALUES_MAX) this.#remembered.clear();
    this.#remembered.set(value, matching);
    return matching;
  }
}

function matches({ matchers }: Silence, labels: Labels): boolean {
  for (const matcher of matchers) if (!matcher.matches(labels.get(matcher.name))) return false;
  return true;
}
