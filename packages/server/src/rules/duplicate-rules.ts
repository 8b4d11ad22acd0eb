import type { Rule, RuleGroup } from './ports.ts';

/** A name and labels that several rules of a file share: what they write gets mixed up. As promtool's lint `duplicate-rules`. */
export interface DuplicateRule {
  /** Of the metric or the alert. */
  readonly name: string;
  /** Group labels included. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the order of the file, two at least. */
  readonly rules: readonly { readonly group: RuleGroup; readonly rule: Rule }[];
}

/** Each once, however often it is repeated; in the order of the file. */
export function duplicateRules(groups: readonly RuleGroup[]): readonly DuplicateRule[] {
  const byIdentity = new Map<string, { readonly group: RuleGroup; readonly rule: Rule }[]>();
  for (const group of groups) {
    for (const rule of group.rules) {
      const key = JSON.stringify([rule.name, Object.entries(rule.labels).sort()]);
      const known = byIdentity.get(key);
      if (known) known.push({ group, rule });
      else byIdentity.set(key, [{ group, rule }]);
    }
  }
  return [...byIdentity.values()].flatMap((rules) => {
    const [first, second] = rules;
    return first && second ? [{ name: first.rule.name, labels: first.rule.labels, rules }] : [];
  });
}
