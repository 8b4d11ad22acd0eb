import { isVedetteError } from '../base/errors.ts';
import { type VectorSelector, collectSelectors, parseExpr } from '../metrics/query/index.ts';
import { METRIC_NAME } from '../model/labels.ts';
import type { Rule } from './ports.ts';

/** For each rule of a group: which earlier ones must have ended before it begins, by index; what those wait for is left out. */
export type RuleOrder = readonly (readonly number[])[];

/** Rules of a larger group run in order: looking at every pair would take longer than it gains. */
export const ORDERED_RULES_MAX = 4_000;

/**
 * Which rules of a group wait for which, so that running the others side by side gives what running all in order would: a rule
 * waits for an earlier one that writes what it reads, that reads what it writes, or that writes a series of the same name.
 * A rule whose selectors have no metric name, or whose templates ask queries, may read anything: it waits for all before it, and
 * all after it wait for it.
 */
export function ruleOrder(rules: readonly Rule[]): RuleOrder {
  if (rules.length > ORDERED_RULES_MAX) return rules.map((_, i) => (i === 0 ? [] : [i - 1]));
  const facts = rules.map(factsOf);
  const before = facts.map(() => new IndexSet(rules.length));
  return facts.map((later, j) => {
    const waits: number[] = [];
    const covered = before[j] as IndexSet;
    // Backwards, so that whoever is waited for already brings along what it waits for itself.
    for (let i = j - 1; i >= 0; i--) {
      if (covered.has(i) || !mustWait(facts[i] as RuleFacts, later)) continue;
      waits.push(i);
      covered.add(i);
      covered.addAll(before[i] as IndexSet);
    }
    return waits;
  });
}

interface RuleFacts {
  readonly rule: Rule;
  readonly reads: readonly VectorSelector[] | 'anything';
}

function factsOf(rule: Rule): RuleFacts {
  if (rule.type === 'alerting' && asksQueries(rule.labels, rule.annotations)) return { rule, reads: 'anything' };
  let selectors: readonly VectorSelector[];
  try {
    selectors = collectSelectors(parseExpr(rule.query));
  } catch (error) {
    // Rules are checked before they run; what does not parse fails alone, wherever it stands.
    if (isVedetteError(error)) return { rule, reads: [] };
    throw error;
  }
  const isOpen = selectors.some(({ matchers }) => !matchers.some(({ name }) => name === METRIC_NAME));
  return { rule, reads: isOpen ? 'anything' : selectors };
}

function asksQueries(...texts: readonly Readonly<Record<string, string>>[]): boolean {
  return texts.some((map) => Object.values(map).some((text) => text.includes('{{') && /\bquery\b/.test(text)));
}

function mustWait(earlier: RuleFacts, later: RuleFacts): boolean {
  return reads(later, earlier.rule) || reads(earlier, later.rule) || writeAlike(earlier.rule, later.rule);
}

const ALERT_SERIES = ['ALERTS', 'ALERTS_FOR_STATE'];

function reads({ reads: selectors }: RuleFacts, writer: Rule): boolean {
  if (selectors === 'anything') return true;
  return selectors.some(({ matchers }) => {
    if (writer.type === 'recording') return isNamed(matchers, METRIC_NAME, writer.name);
    // Of alerts' series the alert's name is known too.
    return (
      ALERT_SERIES.some((name) => isNamed(matchers, METRIC_NAME, name)) && isNamed(matchers, 'alertname', writer.name)
    );
  });
}

/** Whether a series whose label has this value may be selected. */
function isNamed(matchers: VectorSelector['matchers'], label: string, value: string): boolean {
  return matchers.every((matcher) => matcher.name !== label || matcher.matches(value));
}

function writeAlike(one: Rule, other: Rule): boolean {
  if (one.type === other.type) return one.name === other.name;
  const recording = one.type === 'recording' ? one : other;
  return ALERT_SERIES.includes(recording.name);
}

/** A set of small whole numbers in bits: a group of thousands has as many of them. */
class IndexSet {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array((size + 31) >>> 5);
  }

  has(index: number): boolean {
    return (((this.#words[index >>> 5] as number) >>> (index & 31)) & 1) === 1;
  }

  add(index: number): void {
    this.#words[index >>> 5] = (this.#words[index >>> 5] as number) | (1 << (index & 31));
  }

  addAll(other: IndexSet): void {
    for (let i = 0; i < this.#words.length; i++)
      this.#words[i] = (this.#words[i] as number) | (other.#words[i] as number);
  }
}
