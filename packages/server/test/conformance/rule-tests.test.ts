import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkRuleFile, runRuleTests } from '../../src/app/index.ts';

/** Upstream's files lie beside the repository on machines that have them. */
const promtoolFiles = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared/conformance/promtool');
const hasFiles = existsSync(promtoolFiles);
if (!hasFiles) process.stdout.write("shared/conformance/promtool absent: upstream's unit-test files were not run\n");
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) process.stdout.write('promtool is not installed: nothing was compared with it\n');

/** What upstream's own suite says of its files: test groups that pass and fail, with which options. */
const UPSTREAM: readonly (readonly [string, object, number, number])[] = [
  ['unittest.yml', {}, 5, 0],
  ['long-period.yml', {}, 1, 0],
  ['at-modifier-test.yml', {}, 1, 0],
  ['bad-input-series.yml', {}, 0, 1],
  ['bad-promql.yml', {}, 0, 1],
  ['bad-rules-error-test.yml', {}, 0, 1],
  ['failing.yml', {}, 0, 2],
  ['rules_run.yml', {}, 1, 1],
  ['rules_run.yml', { run: ['correct'] }, 1, 0],
  ['rules_run.yml', { run: ['wrong'] }, 0, 1],
  ['rules_run.yml', { run: ['foo'] }, 0, 0],
  ['rules_run_extrafields.yml', {}, 0, 1],
  ['rules_run_extrafields.yml', { ignoreUnknownFields: true }, 1, 0],
];

describe.skipIf(!hasFiles)("upstream's unit-test files", () => {
  it.each(UPSTREAM)('%s %j: as upstream says', async (file, options, passed, failed) => {
    const report = await runRuleTests([join(promtoolFiles, file)], options);
    expect([report.passed, report.failed]).toEqual([passed, failed]);
  });

  it('what fails names the alert, the time, what was expected and what came', async () => {
    const { files } = await runRuleTests([join(promtoolFiles, 'failing.yml')]);
    expect(
      files[0]?.groups.map(({ name, line, failures }) => ({ name, line, whats: failures.map(({ what }) => what) })),
    ).toEqual([
      { name: 'Failing test', line: 6, whats: ['alert Test at 0s', 'expr "test" at 0s'] },
      { name: 'Failing alert test', line: 26, whats: ['alert InstanceDown at 5m', 'alert AlwaysFiring at 5m'] },
    ]);
  });

  it('rules of one name are found as by its lint', async () => {
    const counts = await Promise.all(
      ['rules.yml', 'rules_duplicates.yml'].map(
        async (file) => (await checkRuleFile(join(promtoolFiles, file))).duplicates.length,
      ),
    );
    expect(counts).toEqual([0, 1]);
  });
});

const RULES = `
groups:
  - name: first
    rules:
      - { record: site:up, expr: 'sum by (site) (up)' }
      - { alert: Down, expr: up == 0, for: 2m, keep_firing_for: 3m, labels: { severity: page }, annotations: { summary: '{{ $labels.camera }} of {{ $externalLabels.region }} at {{ $externalURL }} is {{ $value }}' } }
      - { alert: Chain, expr: 'count(ALERTS{alertname="Down", alertstate="firing"}) > 0' }
      - { record: up:avg, expr: 'avg_over_time(up[3m:])' }
  - name: second
    rules:
      - { record: first:seen, expr: 'site:up + 0' }
`;

interface Case {
  readonly name: string;
  /** Keys of the file besides rule_files and tests. */
  readonly top?: string;
  /** The one test group. */
  readonly test: string;
  readonly passes: boolean;
}

const UP = `input_series: [{ series: 'up{site="n",camera="gate"}', values: '1 0x20' }]`;
const gate = (value: number, extra = ''): string =>
  `{ exp_labels: { site: n, camera: gate, severity: page }, exp_annotations: { summary: 'gate of ${extra} is ${value}' } }`;

/** Within what every promtool since 2.42 knows; that one has no default for `interval` yet. */
const CASES: readonly Case[] = [
  {
    name: 'an alert fires when its for is over',
    test: `${UP}\nalert_rule_test: [{ eval_time: 3m, alertname: Down, exp_alerts: [${gate(0, ' at ')}] }, { eval_time: 2m59s, alertname: Down, exp_alerts: [] }]`,
    passes: true,
  },
  {
    name: 'a moment between two evaluations is that of the one before',
    test: `${UP}\nalert_rule_test: [{ eval_time: 3m59s, alertname: Down, exp_alerts: [${gate(0, ' at ')}] }]`,
    passes: true,
  },
  {
    name: 'alerts that are missing in the expectation fail',
    test: `${UP}\nalert_rule_test: [{ eval_time: 3m, alertname: Down }]`,
    passes: false,
  },
  {
    name: 'an annotation that differs fails',
    test: `${UP}\nalert_rule_test: [{ eval_time: 3m, alertname: Down, exp_alerts: [${gate(1, ' at ')}] }]`,
    passes: false,
  },
  {
    name: 'external labels and the external URL reach templates',
    test: `${UP}\nexternal_labels: { region: west }\nexternal_url: 'http://p.example'\nalert_rule_test: [{ eval_time: 3m, alertname: Down, exp_alerts: [${gate(0, 'west at http://p.example')}] }]`,
    passes: true,
  },
  {
    name: 'keep_firing_for keeps an alert firing',
    test: `input_series: [{ series: 'up{site="n",camera="gate"}', values: '0x5 1x20' }]\nalert_rule_test: [{ eval_time: 8m, alertname: Down, exp_alerts: [${gate(0, ' at ')}] }, { eval_time: 9m, alertname: Down }]`,
    passes: true,
  },
  {
    name: 'alerts of earlier rules are seen in the same evaluation',
    test: `${UP}\nalert_rule_test: [{ eval_time: 3m, alertname: Chain, exp_alerts: [{}] }, { eval_time: 2m, alertname: Chain }]`,
    passes: true,
  },
  {
    name: 'a group that comes later in the order sees what was recorded in the same evaluation',
    top: 'group_eval_order: [first, second]',
    test: `${UP}\npromql_expr_test: [{ expr: 'first:seen', eval_time: 0, exp_samples: [{ labels: 'first:seen{site="n"}', value: 1 }] }]`,
    passes: true,
  },
  {
    name: 'a group that comes first does not',
    top: 'group_eval_order: [second, first]',
    test: `${UP}\npromql_expr_test: [{ expr: 'first:seen', eval_time: 0, exp_samples: [] }]`,
    passes: true,
  },
  {
    name: 'a group named twice in the order is refused',
    top: 'group_eval_order: [second, second]',
    test: UP,
    passes: false,
  },
  {
    name: 'samples behind the last evaluation have not come in',
    top: 'evaluation_interval: 1m',
    test: `interval: 15s\ninput_series: [{ series: a, values: '0+1x20' }]\npromql_expr_test: [{ expr: a, eval_time: 90s, exp_samples: [{ labels: a, value: 4 }] }]`,
    passes: true,
  },
  {
    name: 'the future is not seen with @ either',
    test: `input_series: [{ series: a, values: '0+1x20' }]\npromql_expr_test: [{ expr: 'a @ 200', eval_time: 2m, exp_samples: [{ labels: a, value: 2 }] }]`,
    passes: true,
  },
  {
    name: 'subqueries without a step use the evaluation interval',
    top: 'evaluation_interval: 30s',
    test: `interval: 30s\ninput_series: [{ series: a, values: '0+1x20' }]\npromql_expr_test: [{ expr: 'max_over_time(a[45s:])', eval_time: 5m, exp_samples: [{ labels: '{}', value: 10 }] }, { expr: 'sum_over_time(a[45s:])', eval_time: 5m, exp_samples: [{ labels: '{}', value: 19 }] }]`,
    passes: true,
  },
  {
    name: 'stale and missing samples',
    test: `input_series: [{ series: a, values: '1 _x2 stale 2' }]\npromql_expr_test: [{ expr: a, eval_time: 2m, exp_samples: [{ labels: a, value: 1 }] }, { expr: a, eval_time: 3m }, { expr: a, eval_time: 4m, exp_samples: [{ labels: a, value: 2 }] }]`,
    passes: true,
  },
  {
    name: 'a scalar is a sample without labels',
    test: `promql_expr_test: [{ expr: 'time() + 1', eval_time: 1m, exp_samples: [{ value: 61 }] }]`,
    passes: true,
  },
  { name: 'a string is no answer', test: `promql_expr_test: [{ expr: '"a"', eval_time: 1m }]`, passes: false },
  { name: 'an alert test without a name is refused', test: `alert_rule_test: [{ eval_time: 1m }]`, passes: false },
  { name: 'an unknown key is refused', test: `exp_alerts: []`, passes: false },
  { name: 'a broken duration is refused', test: `interval: 1x`, passes: false },
  {
    name: 'a label more fails',
    test: `${UP}\npromql_expr_test: [{ expr: 'site:up', eval_time: 1m, exp_samples: [{ labels: 'site:up{site="n",more="x"}', value: 0 }] }]`,
    passes: false,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'vedette-rule-tests-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'rules.yml'), RULES);

function write({ name, top = '', test }: Case): string {
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.yml`);
  writeFileSync(
    file,
    `rule_files: ['rule*.yml']\n${top}\ntests:\n  - ${(test.includes('interval:') ? test : `interval: 1m\n${test}`).replaceAll('\n', '\n    ')}\n`,
  );
  return file;
}

describe('own unit-test files', () => {
  it.each(CASES)('$name', async (given) => {
    const file = write(given);
    const report = await runRuleTests([file]);
    expect(report.failed === 0, JSON.stringify(report.files, undefined, 1)).toBe(given.passes);
    if (hasPromtool) {
      const theirs = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
      expect(theirs.status === 0, theirs.stdout + theirs.stderr).toBe(given.passes);
    }
  });
});
