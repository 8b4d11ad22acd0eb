import { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { InhibitRule } from '../config/model.ts';

/** The alerts that one rule can make, as far as the store tells. */
export interface PossibleAlerts {
  readonly alertname: string;
  /** Label sets of its alerts, `alertname` and the rule's own labels included. */
  readonly labels: readonly Labels[];
  /** False: there may be others. */
  readonly isComplete: boolean;
  /** Labels whose values are made by templates: nothing is claimed of them. */
  readonly templated: ReadonlySet<string>;
  /** The rule fires while a scrape target is down (`up == 0`), so that all the target's series are gone. */
  readonly meansTargetDown: boolean;
  /** job and instance of what the rule reads; undefined when it also reads what outlives a target (`up`, `absent`). */
  readonly readsTargets: ReadonlySet<string> | undefined;
  /** How long the rule still sees samples from before its target went down. */
  readonly lingersMs: number;
  readonly forMs: number;
}

export function targetKey(labels: Labels): string {
  return JSON.stringify([labels.get('job'), labels.get('instance')]);
}

/** Whether one kind of alert can be silenced by an inhibition. */
export interface InhibitionCase {
  readonly alertname: string;
  readonly outcome: 'applies' | 'never-equal' | 'gone-with-source' | 'unknown';
  /** Of `never-equal`: values that differ. Of `gone-with-source`: how long it may still apply, milliseconds. */
  readonly label?: string;
  readonly sourceValue?: string;
  readonly targetValue?: string;
  readonly lingersMs?: number;
}

export interface InhibitionCheck {
  readonly rule: InhibitRule;
  /** Names of alerts that match the source side. */
  readonly sources: readonly string[];
  readonly cases: readonly InhibitionCase[];
  /** False: rules or series are missing from what was looked at. */
  readonly isComplete: boolean;
}

/** Series pairs that are compared for one alert; more differ in the same way. */
const SETS_MAX = 5_000;

/**
 * Looks for alerts that an inhibition could ever silence, with Alertmanager's semantics: a missing label is an empty one, and an alert
 * that matches both sides is not silenced by others of which that is true as well.
 */
export function checkInhibition(rule: InhibitRule, alerts: readonly PossibleAlerts[]): InhibitionCheck {
  const sources = alerts.filter((one) => matching(one, rule.source).length > 0);
  const cases: InhibitionCase[] = [];
  for (const target of alerts) {
    const sets = matching(target, rule.target);
    if (sets.length > 0) cases.push(caseOf(rule, sources, target, sets));
  }
  return {
    rule,
    sources: sources.map(({ alertname }) => alertname),
    cases,
    isComplete: alerts.every(({ isComplete }) => isComplete),
  };
}

function matching({ labels }: PossibleAlerts, matchers: readonly Matcher[]): readonly Labels[] {
  return labels.filter((set) => matchesAll(matchers, set)).slice(0, SETS_MAX);
}

function caseOf(
  rule: InhibitRule,
  sources: readonly PossibleAlerts[],
  target: PossibleAlerts,
  targetSets: readonly Labels[],
): InhibitionCase {
  const { alertname } = target;
  const isUnsure = (one: PossibleAlerts): boolean =>
    !one.isComplete || rule.equal.some((name) => one.templated.has(name));
  let gone: InhibitionCase | undefined;
  let apart: InhibitionCase = { alertname, outcome: 'never-equal' };
  for (const source of sources) {
    const byKey = new Map<string, Labels[]>();
    for (const set of matching(source, rule.source)) {
      const key = keyOf(set, rule.equal);
      const known = byKey.get(key) ?? [];
      known.push(set);
      byKey.set(key, known);
    }
    for (const set of targetSets) {
      const isBoth = matchesAll(rule.source, set);
      const partners = (byKey.get(keyOf(set, rule.equal)) ?? []).filter(
        (one) => !(isBoth && matchesAll(rule.target, one)),
      );
      for (const partner of partners) {
        if (!isGone(source, partner, target, set)) return { alertname, outcome: 'applies' };
        const lingersMs = Math.max(0, target.lingersMs - source.forMs);
        gone = { alertname, outcome: 'gone-with-source', lingersMs };
      }
    }
    const [first] = byKey.values();
    const example = targetSets[0] && first?.[0] && difference(rule.equal, [...byKey.values()].flat(), targetSets[0]);
    if (example) apart = { alertname, outcome: 'never-equal', ...example };
  }
  if (gone) return gone;
  return isUnsure(target) || sources.some(isUnsure) ? { alertname, outcome: 'unknown' } : apart;
}

/** The scrape target is down while the source fires: an alert that reads only this target does not fire then. */
function isGone(source: PossibleAlerts, partner: Labels, target: PossibleAlerts, set: Labels): boolean {
  if (!source.meansTargetDown || !target.readsTargets) return false;
  const instance = set.get('instance');
  const read = [...target.readsTargets].filter((key) => instance === '' || instanceOf(key) === instance);
  return read.length > 0 && read.every((key) => key === targetKey(partner));
}

function instanceOf(key: string): string {
  return (JSON.parse(key) as readonly string[])[1] ?? '';
}

function keyOf(labels: Labels, equal: readonly string[]): string {
  return JSON.stringify(equal.map((name) => labels.get(name)));
}

/** The label that keeps two alerts apart, with the source's value that is most like the target's. */
function difference(
  equal: readonly string[],
  sources: readonly Labels[],
  target: Labels,
): { readonly label: string; readonly sourceValue: string; readonly targetValue: string } | undefined {
  for (const label of equal) {
    const targetValue = target.get(label);
    const values = sources.map((one) => one.get(label));
    if (values.includes(targetValue)) continue;
    const near = values.find((value) => withoutPort(value) === withoutPort(targetValue)) ?? values[0] ?? '';
    return { label, sourceValue: near, targetValue };
  }
  return undefined;
}

/** `recorder:9100` → `recorder`. */
export function withoutPort(address: string): string {
  return address.replace(/:\d+$/, '');
}

/** The same alerts with a label `to` that has the value of `from` without a port. */
export function withHostLabel(alerts: readonly PossibleAlerts[], from: string, to: string): readonly PossibleAlerts[] {
  return alerts.map((one) => ({
    ...one,
    labels: one.labels.map((set) => (set.has(from) && !set.has(to) ? set.with(to, withoutPort(set.get(from))) : set)),
  }));
}
