import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { MemorySelector, openQueryEngine } from '../../src/metrics/query/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { STALE_NAN } from '../../src/model/stale.ts';
import { type NaiveSeries, naiveVector } from '../support/naive-promql.ts';

const STEP_MS = 20_000;
const STEPS = 20;

const series: fc.Arbitrary<readonly NaiveSeries[]> = fc
  .array(
    fc.record({
      name: fc.constantFrom('m', 'n'),
      a: fc.constantFrom('1', '2', '3'),
      b: fc.constantFrom('', 'x'),
      gaps: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 40 }),
      values: fc.array(
        fc.oneof(
          { weight: 12, arbitrary: fc.integer({ min: 0, max: 50 }) },
          { weight: 2, arbitrary: fc.double({ min: -10, max: 1000, noNaN: true }) },
          { weight: 1, arbitrary: fc.constantFrom(NaN, STALE_NAN, Infinity) },
        ),
        { minLength: 40, maxLength: 40 },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    const unique = new Map<string, NaiveSeries>();
    for (const { name, a, b, gaps, values } of list) {
      const labels = Labels.fromObject({ __name__: name, a, b });
      let time = 0;
      const samples = gaps.map((gap, i) => {
        time += gap * 1000;
        return [time, values[i] ?? 0] as const;
      });
      unique.set(labels.key, { labels, samples });
    }
    return [...unique.values()];
  });

const selector = fc
  .tuple(
    fc.constantFrom('m', 'n', 'm{a!="2"}', 'n{b=""}', 'm{a=~"1|3"}'),
    fc.constantFrom('', ' offset 30s', ' offset -20s'),
  )
  .map(([text, offset]) => text + offset);

const range = fc
  .tuple(
    fc.constantFrom(
      ...'rate increase delta sum_over_time avg_over_time min_over_time max_over_time count_over_time last_over_time changes resets stdvar_over_time quantile_over_time'.split(
        ' ',
      ),
    ),
    fc.constantFrom('m', 'n{a="1"}', 'm{b="x"}'),
    fc.constantFrom('30s', '1m', '4m'),
    fc.constantFrom('', ' offset 40s'),
  )
  .map(
    ([name, text, window, offset]) =>
      `${name}(${name === 'quantile_over_time' ? '0.9, ' : ''}${text}[${window}]${offset})`,
  );

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    selector,
    range,
    fc
      .tuple(
        fc.constantFrom('sum', 'avg', 'min', 'max', 'count', 'stdvar'),
        fc.constantFrom('', ' by (a)', ' by (a, b)', ' without (b)'),
        tie('expression'),
      )
      .map(([operator, clause, inner]) => `${operator}${clause} (${inner})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('+ 2', '* 3', '> 10', '> bool 10', '- 1'))
      .map(([inner, rest]) => `(${inner}) ${rest}`),
    fc
      .tuple(tie('expression'), fc.constantFrom('+', '-', '*', '>', 'and', 'or', 'unless'), tie('expression'))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    tie('expression').map((inner) => `-(${inner})`),
  ),
}));

describe('the engine against a naive evaluator', () => {
  it('gives the same answers for random expressions over random data', async () => {
    await fc.assert(
      fc.asyncProperty(series, expression, async (data, query) => {
        const memory = new MemorySelector();
        for (const { labels, samples } of data) for (const [time, value] of samples) memory.add(labels, time, value);
        const engine = openQueryEngine({ selector: memory, clock: new SystemClock() });
        const window = { startMs: unixMs(0), endMs: unixMs((STEPS - 1) * STEP_MS), stepMs: STEP_MS };
        const result = await engine.range(query, window, { signal: new AbortController().signal });
        const got = new Map<string, number>();
        for (const { labels, timestampMs, value } of result.series) {
          for (const [k, time] of timestampMs.entries()) got.set(`${labels} at ${time}`, value[k] ?? NaN);
        }
        const expr = engine.parse(query);
        const want = new Map<string, number>();
        for (let k = 0; k < STEPS; k++) {
          for (const { labels, value } of naiveVector(expr, k * STEP_MS, data))
            want.set(`${labels} at ${k * STEP_MS}`, value);
        }
        expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
        for (const [key, value] of want)
          expect(closeTo(got.get(key) ?? NaN, value), `${key}: ${got.get(key)}, want ${value}`).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});

/** Infinities make NaN at different places in different summation orders, so both count as no number. */
function closeTo(a: number, b: number): boolean {
  if (!Number.isFinite(a) && !Number.isFinite(b)) return a === b || Number.isNaN(a) || Number.isNaN(b);
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
