import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleGroup } from '../ports.ts';
import { parseRuleFile } from '../rule-file.ts';
import { changeRule } from './rule-text.ts';

const anything = { check: () => undefined };

function groupOf(text: string, file = 'rules.yml'): RuleGroup {
  const [group] = parseRuleFile(text, file, anything).groups;
  if (!group) throw new Error('no group');
  return group;
}

const file = (expr: string): string => `# head
groups:
  - name: "g"   # the group
    rules:
      - record: r
        expr:   up   # kept
      - alert: A
        expr: ${expr}
        for: 5m   # five
        labels: { severity: page }
# tail
`;

describe('a changed rule in the text of its file', () => {
  it.each([
    ['plain', 'a > 1 # why', 'b > 2 # why'],
    ['single quotes', "'a > 1'", "'b > 2'"],
    ['double quotes', '"a > 1"', '"b > 2"'],
    ['a literal block', '|\n          a\n            > 1', '|\n          b > 2'],
    ['a folded block', '>-\n          a\n          > 1', '>-\n          b > 2'],
  ])('keeps the style (%s) and every other byte', (_style, before, after) => {
    const text = file(before);
    expect(changeRule(text, groupOf(text), 1, { query: 'b > 2' })).toBe(file(after));
  });

  it('changes `for`, and both at once', () => {
    const text = file('a > 1');
    const group = groupOf(text);
    expect(changeRule(text, group, 1, { forMs: 600_000 })).toBe(text.replace('for: 5m', 'for: 10m'));
    expect(changeRule(text, group, 1, { query: 'b', forMs: 60_000 })).toBe(
      text.replace('a > 1', 'b').replace('for: 5m', 'for: 1m'),
    );
  });

  it('reaches into a ConfigMap and a PrometheusRule', () => {
    const map = `apiVersion: v1
kind: ConfigMap
metadata: { name: m }
data:
  a.yml: |
    groups:
    - name: g
      rules:

      - alert: A   # first
        expr: a > 1
        for: 1m
  b.yml: |
    groups:
    - name: g
      rules:
      - alert: A
        expr: a > 1
`;
    const groups = parseRuleFile(map, 'm.yaml', anything).groups;
    expect(groups.map(({ file: path }) => path)).toEqual(['m.yaml#a.yml', 'm.yaml#b.yml']);
    const [first, second] = groups as [RuleGroup, RuleGroup];
    expect(changeRule(map, first, 0, { query: 'b' })).toBe(
      map.replace('expr: a > 1\n        for', 'expr: b\n        for'),
    );
    expect(changeRule(map, second, 0, { query: 'b' })).toBe(map.replace(/expr: a > 1\n$/, 'expr: b\n'));
    const rule = `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: m }
spec:
  groups:
  - name: g
    rules:
    - alert: A
      expr: a > 1
`;
    expect(changeRule(rule, groupOf(rule), 0, { query: 'b' })).toBe(rule.replace('a > 1', 'b'));
  });

  it('reads back as what was written, whatever the expression', () => {
    const expression = fc.oneof(
      fc.string({
        minLength: 1,
        unit: fc.constantFrom('a', '"', "'", '{', '}', ':', ' ', '#', '\\', '|', '>', '=', '~', '%', '&', '*'),
      }),
      fc.constantFrom('up{a="b: c"} # x', "label_replace(x, 'a', '$1', 'b', '(.*)')", '"quoted" > 1', '- 1'),
    );
    const style = fc.constantFrom('a > 1', "'a > 1'", '"a > 1"', '|\n          a\n          > 1', '|-\n          a');
    fc.assert(
      fc.property(expression, style, (query, before) => {
        fc.pre(query.trim() === query && query !== '');
        const text = file(before);
        const after = changeRule(text, groupOf(text), 1, { query });
        expect(groupOf(after ?? '').rules[1]?.query).toBe(query);
        expect(groupOf(after ?? '').rules[0]?.query).toBe('up');
      }),
    );
  });

  it('is not made where the rule does not stand in the text itself', () => {
    const text = file('a > 1');
    expect(changeRule(text, { ...groupOf(text), name: 'gone' }, 1, { query: 'b' })).toBeUndefined();
    const alias = `x: &e a > 1
groups:
- name: g
  rules:
  - { alert: A, expr: *e }
`;
    expect(changeRule(alias, { ...groupOf(text), name: 'g' }, 0, { query: 'b' })).toBeUndefined();
  });
});
