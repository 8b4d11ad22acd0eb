import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../base/errors.ts';
import { type SourceProblem, problemsOf } from '../base/yaml-source.ts';
import type { ExpressionChecker } from './ports.ts';
import { duplicateRules } from './duplicate-rules.ts';
import { parseRuleFile } from './rule-file.ts';
import type { RuleFileOptions } from './rule-reading.ts';

/** Refuses the word `BAD`, at its place, like the engine refuses what it cannot parse. */
const expressions: ExpressionChecker = {
  check: (text) => {
    const start = text.indexOf('BAD');
    return start === -1 ? undefined : { message: 'unexpected identifier "BAD"', start, end: start + 3 };
  },
};

const parse = (text: string, options: RuleFileOptions = {}) => parseRuleFile(text, 'rules.yml', expressions, options);

function faults(text: string, options: RuleFileOptions = {}): readonly SourceProblem[] {
  try {
    parse(text, options);
  } catch (error) {
    expect(isVedetteError(error, 'RULE_INVALID')).toBe(true);
    return problemsOf(error);
  }
  throw new Error('the file was accepted');
}

const inGroup = (rule: string): string => `groups:\n  - name: g\n    rules:\n${rule.replace(/^/gm, '      ')}`;

describe('rule files', () => {
  it('a file with all keys becomes groups', () => {
    const { groups } = parse(`
groups:
  - name: cameras
    interval: 30s
    limit: 10
    query_offset: 5s
    labels: { team: video, severity: info }
    rules:
      - record: camera:fps:avg
        expr: avg(camera_fps)
        labels: { zone: north }
      - alert: CameraDown
        expr: camera_up == 0
        for: 2m
        keep_firing_for: 5m
        labels: { severity: page }
        annotations:
          summary: '{{ $labels.camera }} is down'
`);
    expect(groups).toEqual([
      {
        file: 'rules.yml',
        name: 'cameras',
        intervalMs: 30_000,
        limit: 10,
        queryOffsetMs: 5_000,
        rules: [
          {
            type: 'recording',
            name: 'camera:fps:avg',
            query: 'avg(camera_fps)',
            labels: { team: 'video', severity: 'info', zone: 'north' },
          },
          {
            type: 'alerting',
            name: 'CameraDown',
            query: 'camera_up == 0',
            forMs: 120_000,
            keepFiringForMs: 300_000,
            labels: { team: 'video', severity: 'page' },
            annotations: { summary: '{{ $labels.camera }} is down' },
          },
        ],
      },
    ]);
  });

  it.each(['', '# nothing\n', 'groups:\n', 'groups: []\n'])('%j has no groups and is no error', (text) => {
    expect(parse(text).groups).toEqual([]);
  });

  it('scalars that are no strings keep their spelling', () => {
    const { groups } = parse(inGroup('- alert: A\n  expr: 1\n  labels: { version: 1.10, on: true, empty: }'));
    expect(groups[0]?.rules[0]).toMatchObject({ query: '1', labels: { version: '1.10', on: 'true', empty: '' } });
  });

  it('anchors, aliases and merge keys work', () => {
    const { groups } = parse(
      inGroup('- &base\n  alert: A\n  expr: &e up == 0\n  for: 1m\n- <<: *base\n  alert: B\n- record: c\n  expr: *e'),
    );
    expect(groups[0]?.rules).toMatchObject([
      { name: 'A', query: 'up == 0', forMs: 60_000 },
      { name: 'B', query: 'up == 0', forMs: 60_000 },
      { name: 'c', query: 'up == 0' },
    ]);
  });

  it('only the first document of a plain file counts, and that is said', () => {
    const { groups, warnings } = parse(`${inGroup('- record: a\n  expr: "1"')}\n---\ngroups: []\n`);
    expect(groups).toHaveLength(1);
    expect(warnings[0]).toMatch(/^rules\.yml:\d+: only the first document/);
  });

  it.each([
    ['- expr: up', 4, "one of 'record' or 'alert' must be set"],
    ['- record: a\n  alert: b\n  expr: up', 5, "only one of 'record' and 'alert' must be set"],
    ['- record: a', 4, "field 'expr' must be set in rule"],
    ['- record: a\n  expr: ""', 4, "field 'expr' must be set in rule"],
    ['- record: a\n  expr: up\n  for: 1m', 6, "invalid field 'for' in recording rule"],
    ['- record: a\n  expr: up\n  keep_firing_for: 1m', 6, "invalid field 'keep_firing_for' in recording rule"],
    ['- record: a\n  expr: up\n  annotations: { x: y }', 6, "invalid field 'annotations' in recording rule"],
    ['- record: a{b="c"}\n  expr: up', 4, 'braces present in the recording rule name; should it be in expr?: a{b="c"}'],
    ['- record: a\n  expr: up\n  labels: { __name__: x }', 6, 'invalid label name: __name__'],
    ['- alert: a\n  expr: up\n  fro: 1m', 6, 'unknown key "fro"; did you mean "for"'],
    ['- alert: a\n  expr: up\n  for: soon', 6, 'not a valid duration'],
    ['- alert: a\n  expr: [1]', 5, 'single value'],
    ['- alert: a\n  expr: up\n  annotations:\n    s: "{{ $nope }}"', 7, 'undefined variable "$nope"'],
  ])('%j is refused at line %d: %s', (rule, line, message) => {
    const [first] = faults(inGroup(rule));
    expect(`${first?.message}; ${first?.remedy ?? ''}`).toContain(message);
    expect(first?.line).toBe(line);
  });

  it('a fault of PromQL stands where it is in the file, in every style of scalar', () => {
    const cases: readonly [string, number, number][] = [
      ['- record: a\n  expr: up + BAD', 5, 20],
      ['- record: a\n  expr: "up + BAD"', 5, 21],
      ['- record: a\n  expr: |\n    up\n    + BAD', 7, 13],
      ['- record: a\n  expr: >-\n    up\n    + BAD', 5, 15],
    ];
    for (const [rule, line, column] of cases) {
      expect(faults(inGroup(rule))[0]).toMatchObject({ line, column, message: 'unexpected identifier "BAD"' });
    }
  });

  it('every fault of a file is told at once', () => {
    expect(
      faults(
        `${inGroup('- expr: BAD\n- alert: x\n  expr: up\n  labels: { __name__: y }')}\n  - name: g\n    rules: []\n`,
      ),
    ).toHaveLength(4);
  });

  it('two groups of one name are refused', () => {
    expect(faults('groups:\n  - name: a\n  - name: a\n')[0]).toMatchObject({
      line: 3,
      message: 'groupname: "a" is repeated in the same file',
    });
  });

  it('a ConfigMap holds rule files, and its faults stand at their own lines', () => {
    const map = (expr: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\ndata:\n  a.yml: |\n    groups:\n    - name: g\n      rules:\n      - record: r\n        expr: ${expr}\n  readme.md: hi\n`;
    expect(parse(map('up')).groups).toMatchObject([{ file: 'rules.yml#a.yml', name: 'g', rules: [{ name: 'r' }] }]);
    expect(faults(map('up + BAD'))[0]).toMatchObject({
      line: 10,
      column: 20,
      path: 'data["a.yml"].groups[0].rules[0].expr',
    });
  });

  it('PrometheusRule objects are read, other objects beside them passed over', () => {
    const { groups, warnings } = parse(
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: n }\n---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n    - name: g\n      rules: [{ record: r, expr: up }]\n',
    );
    expect(groups).toMatchObject([{ name: 'g', rules: [{ name: 'r' }] }]);
    expect(warnings[0]).toContain('Namespace holds no rules');
  });

  const RULE = (namespace: string, name: string, expr: string): string =>
    `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { namespace: ${namespace}, name: ${name}, labels: { role: alert-rules } }
spec:
  groups:
    - name: g
      partial_response_strategy: warn
      limit: 5
      rules:
        - { alert: A, expr: ${expr} }
`;

  it('several objects in a file may name their groups alike, and keep their own names', () => {
    const { groups } = parse(`${RULE('video', 'one', 'up')}---\n${RULE('video', 'two', 'up')}`);
    expect(groups).toMatchObject([
      { file: 'rules.yml#video/one', name: 'g', limit: 5 },
      { file: 'rules.yml#video/two', name: 'g', limit: 5 },
    ]);
    expect(parse(RULE('video', 'one', 'up')).groups).toMatchObject([{ file: 'rules.yml', name: 'g' }]);
  });

  const item = (text: string): string => text.trimEnd().replace(/^/gm, '    ').replace(/^ {4}/, '  - ');
  const map = (name: string, expr: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  some-file.yaml: |\n    groups:\n    - name: g\n      rules: [{ record: r, expr: ${expr} }]\n  prometheus.yml: |\n    scrape_configs: []\n`;

  it('the items of a list are read as objects of their own, whatever they are', () => {
    const list = (expr: string): string =>
      `apiVersion: v1\nkind: List\nitems:\n${item(RULE('a', 'one', 'up'))}\n${item(map('m', expr))}\n${item('apiVersion: v1\nkind: Secret\n')}\n`;
    const { groups, warnings } = parse(list('up'));
    expect(groups).toMatchObject([
      { file: 'rules.yml#a/one', name: 'g' },
      { file: 'rules.yml#m/some-file.yaml', name: 'g' },
    ]);
    expect(warnings.join('\n')).toMatch(/Secret holds no rules(.|\n)*prometheus\.yml has no groups/);
    expect(faults(list('BAD'))[0]).toMatchObject({
      path: 'items[1].data["some-file.yaml"].groups[0].rules[0].expr',
      line:
        list('BAD')
          .split('\n')
          .findIndex((line) => line.includes('BAD')) + 1,
    });
  });

  it('a PrometheusRuleList says the kind of its items once', () => {
    const bare = RULE('a', 'one', 'up + BAD').split('\n').slice(2).join('\n');
    const text = `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRuleList\nitems:\n${item(bare)}\n`;
    expect(faults(text)[0]).toMatchObject({ path: 'items[0].spec.groups[0].rules[0].expr', line: 11 });
    expect(parse(text.replace(' + BAD', '')).groups).toMatchObject([{ file: 'rules.yml', name: 'g' }]);
  });

  it('a list without items, and items that are no objects, are refused', () => {
    expect(faults('apiVersion: v1\nkind: List\n')[0]?.message).toContain('needs items');
    expect(faults('apiVersion: v1\nkind: List\nitems: [{ groups: [] }]\n')[0]).toMatchObject({ path: 'items[0]' });
  });

  it("a plain file has no key of Kubernetes's objects", () => {
    const text = 'groups:\n  - name: g\n    partial_response_strategy: warn\n';
    expect(faults(text)[0]?.message).toContain('partial_response_strategy');
    expect(parseRuleFile(text, 'rules.yml', expressions, { ignoreUnknownFields: true }).groups).toHaveLength(1);
  });

  it('names are held to the old alphabet when the configuration says so, those of annotations too', () => {
    const rule = (lines: string): string => `groups:\n  - name: g\n    rules:\n      - ${lines}\n`;
    const legacy = (text: string): string =>
      faults(text, { legacyNames: true })
        .map(({ line, column, message }) => `${line}:${column} ${message}`)
        .join();
    const annotated = rule('{ alert: a, expr: up, annotations: { run-book: x } }');
    expect(parse(annotated).groups).toHaveLength(1);
    expect(legacy(annotated)).toBe('4:46 invalid annotation name: run-book');
    expect(legacy(rule('{ alert: a, expr: up, labels: { "a.b": x } }'))).toContain('invalid label name: a.b');
    expect(legacy(rule('{ record: fps.mean, expr: up }'))).toContain('invalid recording rule name: fps.mean');
    expect(parse(rule('{ record: "job:fps:mean", expr: up }'), { legacyNames: true }).groups).toHaveLength(1);
  });

  it('rules of one name and one set of labels are found, each once, with their lines', () => {
    const text = `groups:
  - name: a
    labels: { team: x }
    rules:
      - { record: r, expr: up }
      - { record: r, expr: up, labels: { team: y } }
      - { alert: B, expr: up }
  - name: b
    rules:
      - { record: r, expr: up, labels: { team: x } }
      - { record: r, expr: up, labels: { team: x } }
`;
    const { groups, lines } = parse(text);
    expect(duplicateRules(groups).map(({ name, rules }) => [name, rules.map(({ rule }) => lines.get(rule))])).toEqual([
      ['r', [5, 10, 11]],
    ]);
  });

  it('whatever the text, it is groups or a RULE_INVALID', () => {
    const piece = fc.constantFrom(
      'groups:',
      '- ',
      'name: a',
      'rules:',
      'expr: up',
      'alert: x',
      '\n',
      '  ',
      '    ',
      '{',
      '}',
      '[',
      ']',
      '|',
      '"',
      '*a',
      '&a',
      '---',
      'kind: ConfigMap',
      'apiVersion: v1',
      ':',
      '!',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parse(pieces.join(''));
        } catch (error) {
          if (!isVedetteError(error, 'RULE_INVALID')) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
