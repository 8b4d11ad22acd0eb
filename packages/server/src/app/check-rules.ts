import { existsSync } from 'node:fs';
import { VedetteError } from '../base/errors.ts';
import { type RuleFileOptions, duplicateRules, parseRuleFile, readRuleFile } from '../rules/index.ts';
import { expressionChecker } from './expressions.ts';

export interface CheckedRules {
  readonly groups: number;
  readonly rules: number;
  /** What was read differently from what the author may expect. */
  readonly warnings: readonly string[];
  /** Names and labels that several rules share, one line each: `rules.yml:7: lint: …`. */
  readonly duplicates: readonly string[];
}

/** One rule file on its own. Throws RULE_INVALID with every fault at its place, CONFIG_UNREADABLE when there is no such file. */
export async function checkRuleFile(file: string, options: RuleFileOptions = {}): Promise<CheckedRules> {
  if (!existsSync(file)) throw new VedetteError('CONFIG_UNREADABLE', `there is no such file: ${file}`);
  return checkRuleText(await readRuleFile(file), file, options);
}

/** The text of a rule file; `name` is what messages call it. Throws RULE_INVALID. */
export function checkRuleText(text: string, name: string, options: RuleFileOptions = {}): CheckedRules {
  const { groups, warnings, lines } = parseRuleFile(text, name, expressionChecker, options);
  const duplicates = duplicateRules(groups).map(({ name: shared, labels, rules }) => {
    const [first, ...others] = rules.map(({ rule }) => lines.get(rule) ?? 1);
    const shown = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    const also = others.length === 1 ? `line ${others[0]}` : `lines ${others.join(', ')}`;
    return `${name}:${first}: lint: ${shared}{${shown.join(', ')}} is written again on ${also}; give the rules different names or labels, or remove one`;
  });
  return {
    groups: groups.length,
    rules: groups.reduce((count, group) => count + group.rules.length, 0),
    warnings,
    duplicates,
  };
}
