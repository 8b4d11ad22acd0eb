import { z } from 'zod';
import { durationMs } from '../../base/config-schema.ts';
import { VedetteError } from '../../base/errors.ts';
import { type YamlSource, checkSource, readYaml, sourceError } from '../../base/yaml-source.ts';
import { signedNumber } from '../../metrics/query/promqltest/index.ts';

/** Source of the format: Prometheus documentation, "Unit testing for rules". Durations are milliseconds. */
const DEFAULT_EVALUATION_INTERVAL_MS = 60_000;

const labels = z.record(z.string(), z.string());

/** The schema library's own number has no infinities. */
const sampleValue = z.unknown().transform((written, context) => {
  if (typeof written === 'number') return written;
  const value = typeof written === 'string' ? signedNumber(written) : undefined;
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(written)} is no number` });
  return z.NEVER;
});

const startTimestamp = z.union([z.number(), z.string()]).transform((written, context) => {
  const ms =
    typeof written === 'number' || /^-?\d+(?:\.\d+)?$/.test(written) ? Number(written) * 1000 : rfc3339(written);
  if (Number.isFinite(ms)) return Math.round(ms);
  context.addIssue({
    code: 'custom',
    message: `"${written}" is neither seconds since 1970 nor a time such as 2021-01-01T00:00:00Z`,
  });
  return z.NEVER;
});

function rfc3339(text: string): number {
  return /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}

const alertTest = z.strictObject({
  eval_time: durationMs.default(0),
  alertname: z.string().default(''),
  exp_alerts: z
    .array(z.strictObject({ exp_labels: labels.nullish(), exp_annotations: labels.nullish() }))
    .nullish()
    .transform((alerts) => alerts ?? []),
});

const expressionTest = z.strictObject({
  expr: z.string(),
  eval_time: durationMs.default(0),
  exp_samples: z
    .array(
      z.strictObject({
        labels: z.string().default(''),
        value: sampleValue.optional().transform((value) => value ?? 0),
        histogram: z.string().default(''),
      }),
    )
    .nullish()
    .transform((samples) => samples ?? []),
});

const testGroup = z.strictObject({
  name: z.string().default(''),
  interval: durationMs.optional(),
  start_timestamp: startTimestamp.default(0),
  input_series: z.array(z.strictObject({ series: z.string(), values: z.string().default('') })).default([]),
  alert_rule_test: z.array(alertTest).default([]),
  promql_expr_test: z.array(expressionTest).default([]),
  external_labels: labels.default({}),
  external_url: z.string().default(''),
});

const testFile = z.strictObject({
  rule_files: z.array(z.string()).default([]),
  evaluation_interval: durationMs.optional(),
  group_eval_order: z.array(z.string()).default([]),
  fuzzy_compare: z.boolean().default(false),
  tests: z.array(testGroup).default([]),
});

export type AlertTest = z.infer<typeof alertTest>;
export type ExpressionTest = z.infer<typeof expressionTest>;
/** `interval` is filled in; `line` is where the group begins. */
export type TestGroup = Omit<z.infer<typeof testGroup>, 'interval'> & {
  readonly interval: number;
  readonly line: number;
};

export interface TestFile {
  /** Paths and patterns, relative to the file. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: number;
  readonly groupEvalOrder: readonly string[];
  readonly fuzzyCompare: boolean;
  readonly tests: readonly TestGroup[];
}

/** Throws RULE_TEST_FAILED with every fault at its place. */
export function parseTestFile(text: string, file: string): TestFile {
  const [source] = readYaml(text, file, 'RULE_TEST_FAILED');
  if (!source) throw new VedetteError('RULE_TEST_FAILED', `${file}: the file is empty; write tests under \`tests:\``);
  const data = checkSource(source, testFile, 'RULE_TEST_FAILED');
  const evaluationIntervalMs = data.evaluation_interval || DEFAULT_EVALUATION_INTERVAL_MS;
  checkGroupOrder(source, data.group_eval_order);
  checkAlertNames(source, data.tests);
  return {
    ruleFiles: data.rule_files,
    evaluationIntervalMs,
    groupEvalOrder: data.group_eval_order,
    fuzzyCompare: data.fuzzy_compare,
    tests: data.tests.map((test, i) => ({
      ...test,
      interval: test.interval || evaluationIntervalMs,
      line: source.locate(['tests', i]).line,
    })),
  };
}

function checkGroupOrder(source: YamlSource, order: readonly string[]): void {
  const repeated = order.findIndex((name, i) => order.indexOf(name) < i);
  if (repeated === -1) return;
  const message = `group name repeated in evaluation order: ${order[repeated]}`;
  throw sourceError('RULE_TEST_FAILED', [
    source.problem(['group_eval_order', repeated], message, 'name each group once'),
  ]);
}

function checkAlertNames(source: YamlSource, tests: readonly z.infer<typeof testGroup>[]): void {
  const problems = tests.flatMap((test, i) =>
    test.alert_rule_test.flatMap(({ alertname }, k) =>
      alertname === ''
        ? [
            source.problem(
              ['tests', i, 'alert_rule_test', k],
              'misses the attribute alertname',
              'name the alert to test',
            ),
          ]
        : [],
    ),
  );
  if (problems.length > 0) throw sourceError('RULE_TEST_FAILED', problems);
}
