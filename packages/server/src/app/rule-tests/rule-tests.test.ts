import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { isVedetteError } from '../../base/errors.ts';
import { sameValue } from './compare.ts';
import { type RuleTestOptions, failureLines, junitXml, runRuleTests } from './index.ts';
import { parseTestFile } from './test-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'vedette-test-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, 'rules.yml'),
  `groups:
  - name: g
    rules:
      - { record: at, expr: time() }
      - { alert: Dark, expr: 'frames == 0', annotations: { text: '{{ $labels.camera }}' } }
`,
);

const run = async (text: string, options: RuleTestOptions = {}) => {
  const file = join(folder, 'test.yml');
  writeFileSync(file, text);
  const report = await runRuleTests([file], options);
  return { report, file: report.files[0] };
};
const whats = async (text: string): Promise<readonly string[]> => {
  const { file } = await run(text);
  if (file?.error !== undefined) return [file.error];
  return file?.groups.flatMap(({ failures }) => failures.map(({ what }) => what)) ?? [];
};

describe('tests of rules', () => {
  it.each(['1609459200', '"1609459200"', '"2021-01-01T00:00:00Z"', '2021-01-01T01:00:00+01:00'])(
    'start at %s, and everything counts from there',
    async (start) => {
      const text = `rule_files: [rules.yml]
tests:
  - start_timestamp: ${start}
    interval: 1m
    input_series: [{ series: a, values: 0+1x5 }]
    promql_expr_test:
      - { expr: time(), eval_time: 2m, exp_samples: [{ value: 1609459320 }] }
      - { expr: year(), eval_time: 0, exp_samples: [{ value: 2021 }] }
      - { expr: a, eval_time: 3m, exp_samples: [{ labels: a, value: 3 }] }
      - { expr: at, eval_time: 1m, exp_samples: [{ labels: at, value: 1609459260 }] }
`;
      expect(await whats(text)).toEqual([]);
    },
  );

  it('compare native histograms by their notation, hints included', async () => {
    const text = (want: string): string => `tests:
  - input_series: [{ series: h, values: '{{schema:0 sum:3 count:2 buckets:[2]}}+{{sum:1 count:1 buckets:[1]}}x3' }]
    promql_expr_test: [{ expr: h, eval_time: 2m, exp_samples: [{ labels: h, histogram: '${want}' }] }]
`;
    expect(await whats(text('{{count:4 sum:5 counter_reset_hint:not_reset buckets:[4]}}'))).toEqual([]);
    expect(await whats(text('{{count:4 sum:5 buckets:[4]}}'))).toEqual(['expr "h" at 2m']);
    expect(await whats(text('{{count:4 sum:6 counter_reset_hint:not_reset buckets:[4]}}'))).toEqual(['expr "h" at 2m']);
  });

  it('take neighbouring floats for the same only when told so', async () => {
    const text = (fuzzy: boolean): string => `fuzzy_compare: ${fuzzy}
tests:
  - input_series: [{ series: a, values: '0.1' }, { series: b, values: '0.2' }]
    promql_expr_test: [{ expr: a + ignoring() b, exp_samples: [{ value: 0.3 }] }]
`;
    expect(await whats(text(true))).toEqual([]);
    expect(await whats(text(false))).toHaveLength(1);
  });

  it('read infinities and what is no number', async () => {
    const text = `tests:
  - input_series: [{ series: a, values: 'Inf -Inf NaN' }]
    promql_expr_test:
      - { expr: a, eval_time: 0, exp_samples: [{ labels: a, value: .inf }] }
      - { expr: a, eval_time: 1m, exp_samples: [{ labels: a, value: "-Inf" }] }
      - { expr: a, eval_time: 2m, exp_samples: [{ labels: a, value: .nan }] }
`;
    expect(await whats(text)).toEqual([]);
  });

  it('say which rule files were not found, and go on', async () => {
    const { file } = await run('rule_files: ["gone*.yml", "rules.yml"]\ntests: [{ name: a }]\n');
    expect(file?.warnings.join()).toContain('no file matches gone*.yml');
    expect(file?.groups).toHaveLength(1);
  });

  it('run only where the name is matched, and --run must be a pattern', async () => {
    const text = 'tests: [{ name: camera down }, { name: camera up }, { name: disk }]\n';
    const names = async (...patterns: string[]) =>
      (await run(text, { run: patterns })).file?.groups.map(({ name }) => name);
    expect(await names()).toEqual(['camera down', 'camera up', 'disk']);
    expect(await names('camera')).toEqual(['camera down', 'camera up']);
    expect(await names('^disk$', 'down')).toEqual(['camera down', 'disk']);
    await expect(names('(')).rejects.toThrow('--run');
  });

  it('show with debug what every series was', async () => {
    const text = `rule_files: [rules.yml]
tests:
  - input_series: [{ series: frames, values: '1 stale 0' }]
    alert_rule_test: [{ eval_time: 2m, alertname: Dark, exp_alerts: [{ exp_annotations: { text: '' } }] }]
`;
    const { report, file } = await run(text, { debug: true });
    expect(report.failed).toBe(0);
    expect(file?.groups[0]?.dump).toEqual([
      'ALERTS_FOR_STATE{alertname="Dark"} 120@2m',
      'ALERTS{alertname="Dark", alertstate="firing"} 1@2m',
      'at 0@0s 60@1m 120@2m',
      'frames 1@0s stale@1m 0@2m',
    ]);
  });

  it('show both lists, or what differs', async () => {
    const text = `rule_files: [rules.yml]
tests:
  - name: dark
    input_series: [{ series: 'frames{camera="a"}', values: 0 }, { series: 'frames{camera="b"}', values: 0 }]
    alert_rule_test:
      - alertname: Dark
        exp_alerts:
          - { exp_labels: { camera: a }, exp_annotations: { text: a } }
          - { exp_labels: { camera: c }, exp_annotations: { text: c } }
`;
    const { file } = await run(text);
    const [failure] = file?.groups[0]?.failures ?? [];
    if (!failure) throw new Error('nothing failed');
    expect(failureLines(failure, false).map((line) => line.text)).toEqual([
      'alert Dark at 0s',
      '  expected: Labels: {alertname="Dark", camera="a"}',
      '            Annotations: {text="a"}',
      '            Labels: {alertname="Dark", camera="c"}',
      '            Annotations: {text="c"}',
      '  got:      Labels: {alertname="Dark", camera="a"}',
      '            Annotations: {text="a"}',
      '            Labels: {alertname="Dark", camera="b"}',
      '            Annotations: {text="b"}',
    ]);
    expect(failureLines(failure, true).map((line) => line.text)).toEqual([
      'alert Dark at 0s',
      '    Labels: {alertname="Dark", camera="a"}',
      '    Annotations: {text="a"}',
      '  - Labels: {alertname="Dark", camera="c"}',
      '  - Annotations: {text="c"}',
      '  + Labels: {alertname="Dark", camera="b"}',
      '  + Annotations: {text="b"}',
    ]);
  });

  it('write JUnit that holds whatever the file says', async () => {
    const text = `tests:
  - { name: "a <b> & \\"c\\" \\u0001" }
  - { name: wrong, promql_expr_test: [{ expr: "vector(1) < bool 2" }] }
`;
    const { report } = await run(text);
    const broken = await runRuleTests([join(folder, 'gone.yml')]);
    const xml = junitXml({ ...report, files: [...report.files, ...broken.files] });
    expect(xml).toContain('<testsuites tests="2" failures="1" errors="1">');
    expect(xml).toContain('name="a &lt;b&gt; &amp; &quot;c&quot; \uFFFD"');
    expect(xml).toContain('<failure message="expr &quot;vector(1) &lt; bool 2&quot; at 0s">');
    expect(xml).toContain('cannot read');
    expect(xml).not.toContain('\u0001');
  });

  it.each([
    ['', 'the file is empty'],
    [
      'tests: [{ alert_rule_test: [{ eval_time: 1m }] }]',
      /tests\[0\]\.alert_rule_test\[0\]: misses the attribute alertname/,
    ],
    ['group_eval_order: [a, b, a]', /:1:26: group_eval_order\[2\]: group name repeated in evaluation order: a/],
    ['evaluaton_interval: 1m', 'did you mean "evaluation_interval"?'],
    ['tests: [{ start_timestamp: yesterday }]', 'neither seconds since 1970'],
    ['tests: [{ promql_expr_test: [{ expr: a, exp_samples: [{ value: many }] }] }]', '"many" is no number'],
    ['tests: [{ input_series: [{ series: a, values: 0x99999999999 }] }]', 'input_series'],
    ['tests: [{ input_series: [{ series: "a{", values: 0 }] }]', 'input_series'],
    ['tests: [{ promql_expr_test: [{ expr: a, exp_samples: [{ labels: "a{" }] }] }]', 'expr "a" at 0s'],
  ])('with a fault say where: %s', async (text, message) => {
    const found = (await whats(text)).join('\n');
    if (typeof message === 'string') expect(found).toContain(message);
    else expect(found).toMatch(message);
  });

  it('whatever a file holds, nothing but RULE_TEST_FAILED comes out of reading it', () => {
    const key = fc.constantFrom('tests', 'rule_files', 'interval', 'name', 'input_series', 'series', 'values', 'x');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ maxLength: 6 }),
        fc.double(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (content) => {
        try {
          parseTestFile(JSON.stringify(content), 'test.yml');
          return true;
        } catch (error) {
          return isVedetteError(error, 'RULE_TEST_FAILED');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('sameValue', () => {
  it('takes each float for the same as itself and, when fuzzy, as its neighbours', () => {
    const next = (value: number): number => {
      const bits = new BigInt64Array(Float64Array.of(value).buffer);
      bits[0] = (bits[0] ?? 0n) + 1n;
      return new Float64Array(bits.buffer)[0] as number;
    };
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const neighbour = next(value);
        if (!Number.isFinite(neighbour)) return true;
        return (
          sameValue(value, value, false) &&
          sameValue(value, neighbour, true) &&
          !sameValue(value, neighbour, false) &&
          !sameValue(value, next(neighbour), true)
        );
      }),
    );
    expect(sameValue(0, -5e-324, true)).toBe(true);
    expect(sameValue(5e-324, -5e-324, true)).toBe(false);
    expect(sameValue(Number.MAX_VALUE, Infinity, true)).toBe(false);
  });
});
