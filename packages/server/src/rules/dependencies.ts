import { isVedetteError } from '../base/errors.ts';
import { type VectorSelector, collectSelectors, parseExpr } from '../metrics/query/index.ts';
import { METRIC_NAME } from '../model/labels.ts';
import type { Rule } from './ports.ts';

/** For each rule of a group: which earlier ones must have ended before it begins, by index. */
export type RuleOrder = readonly (readonly number[])[];

/**
 * Which rules of a group wait for which, so that running the others side by side gives what running all in order would: a rule
 * waits for an earlier one that writes what it reads, that reads what it writes, or that writes a series of the same name.
 * A rule whose selectors have no metric name, or whose templates ask queries, may read anything: it waits for all before it, and
 * all after it wait for it.
 */
export function ruleOrder(rules: readonly Rule[]): RuleOrder {
  const facts = rules.map((rule) => ({ rule, reads: readsOf(rule) }));
  return facts.map((later, j) =>
    facts.slice(0, j).flatMap((earlier, i) => {
      const mustWait =
        reads(later.reads, earlier.rule) || reads(earlier.reads, later.rule) || writeAlike(earlier.rule, later.rule);
      return mustWait ? [i] : [];
    }),
  );
}

type Reads = readonly VectorSelector[] | 'anything';

function readsOf(rule: Rule): Reads {
  if (rule.type === 'alerting' && asksQueries(rule.labels, rule.annotations)) return 'anything';
  let selectors: readonly VectorSelector[];
  try {
    selectors = collectSelectors(parseExpr(rule.query));
  } catch (error) {
    // Rules are checked before they run; what does not parse fails alone, wherever it stands.
    if (isVedetteError(error)) return [];
    throw error;
  }
  const isOpen = selectors.some(({ matchers }) => !matchers.some(({ name }) => name === METRIC_NAME));
  return isOpen ? 'anything' : selectors;
}

function asksQueries(...texts: readonly Readonly<Record<string, string>>[]): boolean {
  return texts.some((map) => Object.values(map).some((text) => text.includes('{{') && /\bquery\b/.test(text)));
}

const ALERT_SERIES = ['ALERTS', 'ALERTS_FOR_STATE'];

function reads(selectors: Reads, writer: Rule): boolean {
  if (selectors === 'anything') return true;
  const names = writer.type === 'recording' ? [writer.name] : ALERT_SERIES;
  return selectors.some(({ matchers }) => {
    const named = matchers.filter(({ name }) => name === METRIC_NAME);
    if (!names.some((name) => named.every((matcher) => matcher.matches(name)))) return false;
    // Of alerts' series the alert's name is known too.
    if (writer.type === 'recording') return true;
    return matchers.every((matcher) => matcher.name !== 'alertname' || matcher.matches(writer.name));
  });
}

function writeAlike(one: Rule, other: Rule): boolean {
  if (one.type === other.type) return one.name === other.name;
  const recording = one.type === 'recording' ? one : other;
  return ALERT_SERIES.includes(recording.name);
}
