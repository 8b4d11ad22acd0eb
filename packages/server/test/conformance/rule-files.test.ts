import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../src/base/yaml-source.ts';
import { ruleOrder } from '../../src/rules/dependencies.ts';
import { parseRuleFile } from '../../src/rules/index.ts';
import { expressions } from '../support/rules-house.ts';

/** Rule files of upstream projects and of the seeds lie beside the repository on machines that have them. */
const shared = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared');

function files(folder: string, wanted: RegExp = /\.ya?ml$/): readonly string[] {
  const path = join(shared, folder);
  if (!existsSync(path)) {
    process.stdout.write(`shared/${folder} absent: its rule files were not read\n`);
    return [];
  }
  return readdirSync(path)
    .filter((name) => wanted.test(name))
    .map((name) => join(folder, name));
}

function outcome(file: string): {
  readonly groups: number;
  readonly rules: number;
  readonly faults: readonly string[];
} {
  try {
    const { groups } = parseRuleFile(readFileSync(join(shared, file), 'utf8'), file, expressions);
    return { groups: groups.length, rules: groups.reduce((count, group) => count + group.rules.length, 0), faults: [] };
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return { groups: 0, rules: 0, faults: problems.map(({ line, message }) => `${line}: ${message}`) };
  }
}

/** What upstream's own tests say of files whose name does not tell. */
const REFUSED = /\.bad\.yaml$|\/rules-bad\.yml$|\/rules_extrafields\.yml$/;

const upstream = [
  ...files('conformance/rulefmt'),
  ...files('conformance/rules-fixtures'),
  ...files('conformance/promtool', /^rules(?:-bad|_duplicates|_extrafields)?\.yml$/),
  ...files('conformance/alert-generator', /^rules\.yaml$/),
];
const packs = [...files('fixtures/rules'), ...files('fixtures/anomaly-rules')];
const seeds = [
  ...files(
    'seed-samples',
    /^s0-alert-rules\.configmap\.yaml$|^s2-alerting-rules-(?!fast-burn).*\.yaml$|^s2-recording-rules\.yaml$|^s4-alert_rules\.yml$/,
  ),
  ...files('seed-samples/inner', /^s0-analytics-alerts\.yml$/),
];

/** Words of upstream's own errors, which its suite looks for; an unknown key is told in ours. */
const WORDS: Readonly<Record<string, string>> = {
  'bad_expr.bad.yaml': 'parse error',
  'bad_field.bad.yaml': 'annotation',
  'invalid_label_name.bad.yaml': 'invalid label name',
  'invalid_record_name.bad.yaml':
    'braces present in the recording rule name; should it be in expr?: strawberry{flavor="sweet"}',
  'no_rec_alert.bad.yaml': "one of 'record' or 'alert' must be set",
  'record_and_alert.bad.yaml': "only one of 'record' and 'alert' must be set",
  'record_and_for.bad.yaml': "invalid field 'for' in recording rule",
};

describe('rule files of other projects', () => {
  it("what is refused is refused in upstream's words, at its line", () => {
    const bad = files('conformance/rulefmt', /\.bad\.yaml$/);
    const wrong = bad.filter((file) => {
      const words = WORDS[basename(file)] ?? 'not known here';
      return !outcome(file).faults.some((fault) => fault.includes(words) && /^[1-9]/.test(fault));
    });
    expect(wrong.map((file) => `${file}: ${outcome(file).faults.join('; ')}`)).toEqual([]);
  });

  it.each<[string, readonly (readonly (readonly number[])[])[]]>([
    ['rules_chain.yaml', [[[], [], [0], [2], [2], [3], [3]]]],
    // Six that are strangers, and one that may read any of them.
    ['rules_indeterminates.yaml', [[[], [], [], [], [], [], [5, 4, 3, 2, 1, 0]]]],
    ['rules_multiple_dependents_on_base.yaml', [[[], [0], [0], [0], [], [4], [4], [4]]]],
    [
      'rules_multiple_groups.yaml',
      [
        [[], [], [], [], [3]],
        [[], [], [], [], [3]],
      ],
    ],
  ])('rules of %s wait for those they build on', (name, expected) => {
    for (const file of files('conformance/rules-fixtures', /^rules_/).filter((path) => basename(path) === name)) {
      const { groups } = parseRuleFile(readFileSync(join(shared, file), 'utf8'), file, expressions);
      expect(groups.map(({ rules }) => ruleOrder(rules))).toEqual(expected);
    }
  });

  it("the seeds' excerpt of a group is accepted when it is put into one", () => {
    for (const file of files('seed-samples', /^s2-alerting-rules-fast-burn\.excerpt\.yaml$/)) {
      const text = readFileSync(join(shared, file), 'utf8');
      const { groups } = parseRuleFile(`groups:\n- name: excerpt\n  rules:\n${text}`, file, expressions);
      expect(groups[0]?.rules.length).toBeGreaterThan(0);
    }
  });

  it('upstream accepts and refuses the same ones', () => {
    expect(upstream.length).toBeGreaterThanOrEqual(existsSync(join(shared, 'conformance')) ? 20 : 0);
    const wrong = upstream.filter((file) => outcome(file).faults.length > 0 !== REFUSED.test(file));
    expect(wrong.map((file) => `${file}: ${outcome(file).faults.join('; ') || 'accepted'}`)).toEqual([]);
  });

  it('public rule packs are read whole', () => {
    expect(
      packs.filter((file) => outcome(file).rules === 0).map((file) => `${file}: ${outcome(file).faults.join('; ')}`),
    ).toEqual([]);
  });

  it("the seeds' rule files are read whole", () => {
    expect(
      seeds.filter((file) => outcome(file).rules === 0).map((file) => `${file}: ${outcome(file).faults.join('; ')}`),
    ).toEqual([]);
  });
});
