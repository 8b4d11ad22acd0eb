import { type Clock, unixMs } from '../../base/clock.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { formatDuration } from '../../base/units.ts';
import { MemorySelector, type PromqlEngine, formatSampleValue, openQueryEngine } from '../../metrics/query/index.ts';
import { writeHistogram } from '../../metrics/query/promqltest/index.ts';
import { Labels } from '../../model/labels.ts';
import type { InstantSample } from '../../model/ports.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { isStale } from '../../model/stale.ts';
import { type GroupState, type RuleGroup, RuleEvaluator, newGroupState } from '../../rules/index.ts';
import { type Mismatch, type TestedAlert, alertMismatch, sampleMismatch } from './compare.ts';
import { type InputSeries, readInputSeries } from './input-series.ts';
import type { AlertTest, TestGroup } from './test-file.ts';

/** One expectation that did not hold, or an error that ended the test. */
export type RuleTestFailure = { readonly what: string } & (Mismatch | { readonly error: string });

export interface TestGroupInput {
  readonly test: TestGroup;
  /** In the order in which they are evaluated. */
  readonly groups: readonly RuleGroup[];
  readonly evaluationIntervalMs: number;
  readonly fuzzyCompare: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a test group gave: the expectations that did not hold, and all series at its end for those who look into it. */
export interface TestGroupOutcome {
  readonly failures: readonly RuleTestFailure[];
  dump(): Promise<readonly string[]>;
}

/** Runs one test group; never throws for what its file says. */
export async function runTestGroup(input: TestGroupInput): Promise<TestGroupOutcome> {
  let series: InputSeries;
  try {
    series = readInputSeries(input.test);
  } catch (error) {
    return { failures: [{ what: 'input_series', error: errorMessage(error) }], dump: async () => [] };
  }
  const run = new GroupTest(input, series);
  await run.run();
  return { failures: run.failures, dump: () => run.dump() };
}

/** Lines of a dump, one per series; samples of one line. */
const DUMP_SERIES_MAX = 1_000;
const DUMP_SAMPLES_MAX = 200;

class GroupTest {
  readonly failures: RuleTestFailure[] = [];
  readonly #input: TestGroupInput;
  readonly #series: InputSeries;
  readonly #store = new MemorySelector();
  readonly #engine: PromqlEngine;
  readonly #evaluator: RuleEvaluator;
  readonly #states: readonly { readonly group: RuleGroup; readonly state: GroupState }[];

  constructor(input: TestGroupInput, series: InputSeries) {
    const { test, clock, evaluationIntervalMs } = input;
    this.#input = input;
    this.#series = series;
    this.#engine = openQueryEngine({ selector: this.#store, clock }, { subqueryStepMs: evaluationIntervalMs });
    this.#states = input.groups.map((group) => ({ group, state: newGroupState(group) }));
    this.#evaluator = new RuleEvaluator(
      {
        clock,
        engine: this.#engine,
        logger: silentLogger,
        sampleSink: {
          append: async (batch) => {
            this.#store.append(batch);
            return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 };
          },
        },
      },
      {
        intervalMs: evaluationIntervalMs,
        queryOffsetMs: 0,
        resendDelayMs: evaluationIntervalMs,
        externalLabels: test.external_labels,
        externalUrl: test.external_url,
      },
    );
  }

  async run(): Promise<void> {
    const { test, evaluationIntervalMs, signal } = this.#input;
    const alertTests = test.alert_rule_test.toSorted((a, b) => a.eval_time - b.eval_time);
    const evalTimes = [...test.alert_rule_test, ...test.promql_expr_test].map(({ eval_time: ms }) => ms);
    const lastMs = evalTimes.reduce((latest, ms) => Math.max(latest, ms), 0);
    let next = 0;
    for (let passedMs = 0; passedMs <= lastMs; passedMs += evaluationIntervalMs) {
      signal.throwIfAborted();
      if (!(await this.#evaluate(passedMs))) return;
      // Alerts of a moment between two evaluations are those of the one before.
      for (; next < alertTests.length; next++) {
        const alertTest = alertTests[next] as AlertTest;
        if (alertTest.eval_time >= passedMs + evaluationIntervalMs) break;
        this.#compareAlerts(alertTest);
      }
    }
    for (const expressionTest of test.promql_expr_test) await this.#compareExpression(expressionTest);
  }

  /** False when a rule failed, which ends the test. */
  async #evaluate(passedMs: number): Promise<boolean> {
    const atMs = this.#input.test.start_timestamp + passedMs;
    this.#series.feed(this.#store, atMs);
    let isSound = true;
    for (const { group, state } of this.#states) {
      await this.#evaluator.evaluate(group, state, unixMs(atMs), this.#input.signal);
      for (const [i, rule] of group.rules.entries()) {
        const error = state.rules[i]?.lastError ?? '';
        if (error === '') continue;
        isSound = false;
        this.failures.push({ what: `rule ${rule.name} of group ${group.name} at ${formatDuration(passedMs)}`, error });
      }
    }
    return isSound;
  }

  #compareAlerts({ alertname, eval_time: evalTimeMs, exp_alerts: wanted }: AlertTest): void {
    const expected = wanted.map(({ exp_labels: labels, exp_annotations: annotations }): TestedAlert => ({
      labels: { ...labels, alertname },
      annotations: annotations ?? {},
    }));
    const got = this.#states.flatMap(({ group, state }) =>
      group.rules.flatMap((rule, i) =>
        rule.type !== 'alerting' || rule.name !== alertname
          ? []
          : [...(state.rules[i]?.alerts.values() ?? [])]
              .filter((alert) => alert.state === 'firing')
              .map((alert): TestedAlert => ({ labels: alert.labels.toObject(), annotations: alert.annotations })),
      ),
    );
    const mismatch = alertMismatch(expected, got);
    if (mismatch) this.failures.push({ what: `alert ${alertname} at ${formatDuration(evalTimeMs)}`, ...mismatch });
  }

  async #compareExpression({
    expr,
    eval_time: evalTimeMs,
    exp_samples: wanted,
  }: TestGroup['promql_expr_test'][number]) {
    const what = `expr ${JSON.stringify(expr)} at ${formatDuration(evalTimeMs)}`;
    try {
      const got = await this.#query(expr, this.#input.test.start_timestamp + evalTimeMs);
      const mismatch = sampleMismatch(wanted, got, this.#input.fuzzyCompare);
      if (mismatch) this.failures.push({ what, ...mismatch });
    } catch (error) {
      this.#input.signal.throwIfAborted();
      this.failures.push({ what, error: errorMessage(error) });
    }
  }

  async #query(expr: string, atMs: number): Promise<readonly InstantSample[]> {
    const result = await this.#engine.instant(expr, unixMs(atMs), { signal: this.#input.signal });
    if (result.type === 'vector') return result.samples;
    if (result.type === 'scalar') return [{ labels: Labels.EMPTY, timestampMs: atMs, value: result.value }];
    throw new VedetteError(
      'RULE_TEST_FAILED',
      `the expression gives a ${result.type}; tests want a vector or a scalar`,
    );
  }

  /** Every series with its samples, `value@time`; a stale marker is `stale`. */
  async dump(): Promise<readonly string[]> {
    const found = await this.#store.select({ matchers: [], startMs: -Infinity, endMs: Infinity }, this.#input.signal);
    const lines: string[] = [];
    const samples = new SampleBuffer();
    for (const [i, labels] of found.labels.entries()) {
      if (i >= DUMP_SERIES_MAX) {
        lines.push(`… and ${found.labels.length - DUMP_SERIES_MAX} series more`);
        break;
      }
      found.read(i, samples);
      lines.push(`${labels.toString()} ${this.#samplesText(samples)}`);
    }
    return lines.sort();
  }

  #samplesText(samples: SampleBuffer): string {
    const texts: string[] = [];
    for (let i = 0; i < Math.min(samples.length, DUMP_SAMPLES_MAX); i++) {
      const histogram = samples.histogram?.[i];
      const value = histogram
        ? writeHistogram(histogram)
        : isStale(samples.value[i] as number)
          ? 'stale'
          : formatSampleValue(samples.value[i] as number);
      const sinceStartMs = (samples.timestampMs[i] as number) - this.#input.test.start_timestamp;
      texts.push(`${value}@${formatDuration(sinceStartMs)}`);
    }
    if (samples.length > DUMP_SAMPLES_MAX) texts.push(`… ${samples.length - DUMP_SAMPLES_MAX} more`);
    return texts.join(' ');
  }
}
