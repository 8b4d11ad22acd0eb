import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { configSchema } from '../../src/app/config-schema.ts';
import { expressionChecker } from '../../src/app/expressions.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import { checkSource, problemsOf, readYaml } from '../../src/base/yaml-source.ts';
import { normaliseDashboard, readDocument } from '../../src/dashboards/index.ts';
import { parseRuleFile } from '../../src/rules/index.ts';
import { sharedFiles } from './corpus.ts';
import { fuzzText } from './fuzz.ts';
import { OWN_CONFIG, OWN_DASHBOARD, OWN_RULES } from './own-files.ts';

const YAML_WORDS = [
  ...'\n  - |: |\n- |{ |}|[ |]|&a |*a|!!binary |!!float |!!set |? |<<: *rules|---\n|"|\'|#|null|~|yes|0o17|.inf|2001-01-01|\t'.split(
    '|',
  ),
  ' |\n',
  ' >-\n',
  'scrape_configs:',
  'groups:',
  'rules:',
  'expr: ',
  'for: ',
  '{{ ',
  ' }}',
  '{{ range query "up" }}',
  '{{ template "x" }}',
  '{{ define "x" }}',
  '{{ end }}',
  '{{ printf "%1000000000d" 1 }}',
  '{{ reReplaceAll "(a*)*" "" "aaaa" }}',
];
const BILLION_LAUGHS = `a: &a [x, x]\n${Array.from(
  { length: 25 },
  (_, i) =>
    `${'bcdefghijklmnopqrstuvwxyz'[i]}: &${'bcdefghijklmnopqrstuvwxyz'[i]} [*${'abcdefghijklmnopqrstuvwxyz'[i]}, *${'abcdefghijklmnopqrstuvwxyz'[i]}]`,
).join('\n')}\n`;
const repeated = (piece: string): string => piece.repeat(Math.floor(60_000 / piece.length));
const HOSTILE_YAML = [
  ...[
    '[',
    '{',
    '- ',
    '{a: ',
    '[[',
    '? ',
    '&a ',
    '*a ',
    '!!a ',
    '"',
    '- - ',
    'a: b\n',
    '---\n',
    '#',
    '\n',
    '\t',
    ':',
    '|\n',
    '<<: *a\n',
    '%',
  ].map(repeated),
  BILLION_LAUGHS,
  `a: &a {b: c}\nd: {${repeated('<<: *a, ')}}`,
  Array.from({ length: 190 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  `a: ${'9'.repeat(60_000)}`,
  `global: { scrape_interval: ${'9'.repeat(60_000)}y }`,
  `global: { scrape_interval: ${'1s'.repeat(30_000)} }`,
  `storage: { retention: ${'9'.repeat(60_000)}.${'9'.repeat(60)}x }`,
];
/** Anything that is a document: of the right shape with the wrong values, mostly. */
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1e300,
      '',
      'a',
      '5m',
      '(.*)',
      '${a}',
      '__proto__',
      '{{ $value }}',
      'up',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        ...'global scrape_configs job_name static_configs targets labels regex action groups name rules expr alert record for annotations panels type title gridPos x y w h id templating list query fieldConfig defaults overrides thresholds steps options repeat rows span __proto__ constructor toString'.split(
          ' ',
        ),
      ),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value;
const document = value.map((made) => JSON.stringify(made) ?? 'null');

/** The file's own error, with a place in the file for each fault. */
function refusesWith(code: 'CONFIG_INVALID' | 'RULE_INVALID' | 'DASHBOARD_INVALID'): (error: unknown) => boolean {
  return (error) =>
    isVedetteError(error, code) &&
    (code === 'DASHBOARD_INVALID' || problemsOf(error).length > 0) &&
    problemsOf(error).every(({ line, column }) => line >= 1 && column >= 1);
}

function readConfig(text: string): void {
  for (const source of readYaml(text, 'fuzz.yaml')) checkSource(source, configSchema);
}

const upstream = sharedFiles('conformance/prometheus-config', /\.yml$/).map(String);

/** YAML is read at some 15 µs a character, however many there are. */
const INPUT_MS_MAX = 3_000;

describe('files', () => {
  fuzzText({
    name: 'prometheus.yml',
    valid: [OWN_CONFIG, '', 'global: {}\n'],
    hostile: [...HOSTILE_YAML, ...upstream],
    generated: document,
    words: YAML_WORDS,
    read: readConfig,
    refuses: refusesWith('CONFIG_INVALID'),
    inputMsMax: INPUT_MS_MAX,
  });

  fuzzText({
    name: 'rule files',
    valid: OWN_RULES,
    hostile: [
      ...HOSTILE_YAML,
      ...sharedFiles('fixtures/rules', /\.ya?ml$/).map(String),
      ...sharedFiles('conformance/rulefmt', /\.ya?ml$/).map(String),
    ],
    generated: document,
    words: YAML_WORDS,
    read: (text) => parseRuleFile(text, 'rules.yml', expressionChecker),
    refuses: refusesWith('RULE_INVALID'),
    inputMsMax: INPUT_MS_MAX,
  });

  fuzzText({
    name: 'Grafana dashboards',
    valid: [OWN_DASHBOARD],
    hostile: [
      ...HOSTILE_YAML,
      ...['[', '{"a":', '{"panels":[', '"', '\\u0000', '{"panels":[{"panels":['].map(repeated),
      `{"panels":[${repeated('{"type":"row"},').slice(0, -1)}]}`,
      `{"panels":[{"type":"timeseries","targets":[{"expr":"${repeated('(')}"}]}]}`,
      `{"panels":[{"type":"timeseries","targets":[{"expr":"${repeated('$a')}"}]}]}`,
      `{"title":"${repeated('${')}","panels":[]}`,
      `{"panels":[],"templating":{"list":[${repeated('{"name":"a","type":"custom","query":"a,b"},').slice(0, -1)}]}}`,
      ...sharedFiles('fixtures/dashboards', /\.json$/).map(String),
    ],
    generated: fc.oneof(
      document,
      value.map((made) => `{"title":"t","panels":${JSON.stringify(made)}}`),
      fc
        .array(value)
        .map((panels) => JSON.stringify({ panels: panels.map((panel) => ({ type: 'timeseries', targets: panel })) })),
    ),
    words: [
      '"panels":[',
      '"targets":[{"expr":"up"}]',
      '"$camera"',
      '"gridPos":{"x":1e9,"h":-5}',
      '[[a]]',
      '${a:regex}',
      '\\ud800',
      '"rows":[',
    ],
    read: (text) => {
      for (const { json, titleHint } of readDocument(text, 'board.json').dashboards) {
        const identity = { uid: 'fuzz', title: titleHint, folder: '', source: 'file' } as const;
        const model = normaliseDashboard(json, identity, expressionChecker);
        const ids = model.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        JSON.stringify(model);
      }
    },
    refuses: refusesWith('DASHBOARD_INVALID'),
    inputMsMax: INPUT_MS_MAX,
  });
});
