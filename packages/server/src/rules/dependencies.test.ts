import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unixMs } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { SystemClock } from '../base/clock.ts';
import { MemorySelector, openQueryEngine } from '../metrics/query/index.ts';
import { Labels } from '../model/labels.ts';
import { ORDERED_RULES_MAX, ruleOrder } from './dependencies.ts';
import { RuleEvaluator } from './evaluator.ts';
import { newGroupState } from './group-state.ts';
import type { AlertingRule, Rule, RuleGroup } from './ports.ts';
import { ExtraSlots } from './run-ordered.ts';

const record = (name: string, query: string): Rule => ({ type: 'recording', name, query, labels: {} });
const alert = (name: string, query: string, annotations: AlertingRule['annotations'] = {}): Rule => ({
  type: 'alerting',
  name,
  query,
  labels: {},
  annotations,
  forMs: 0,
  keepFiringForMs: 0,
});

describe('ruleOrder', () => {
  it.each<[string, readonly Rule[], readonly (readonly number[])[]]>([
    ['strangers', [record('a', 'x'), record('b', 'y'), alert('C', 'z')], [[], [], []]],
    ['reads what is written before', [record('a', 'x'), record('b', 'a')], [[], [0]]],
    ['writes what is read before', [record('a', 'b'), record('b', 'x')], [[], [0]]],
    ['writes the same name', [record('a', 'x'), record('a', 'y')], [[], [0]]],
    ['reads itself only', [record('a', 'a'), record('b', 'x')], [[], []]],
    ['a chain: only the link before', [record('a', 'x'), record('b', 'a'), record('c', 'b + a')], [[], [0], [1]]],
    ['one base of many', [record('a', 'x'), record('b', 'a'), record('c', 'a')], [[], [0], [0]]],
    ['inside functions and subqueries', [record('a', 'x'), record('b', 'max_over_time(rate(a[5m])[1h:])')], [[], [0]]],
    ['a pattern that matches', [record('a', 'x'), record('b', '{__name__=~"a|q"}')], [[], [0]]],
    ['a pattern that does not', [record('a', 'x'), record('b', '{__name__=~"q.*"}')], [[], []]],
    ['all but one', [record('a', 'x'), record('c', 'x'), record('b', '{__name__!="a",n="1"}')], [[], [], [1]]],
    ['no name at all', [record('a', 'x'), record('b', '{job="j"}'), record('c', 'y')], [[], [0], [1]]],
    [
      'the alert that is named',
      [alert('A', 'x'), alert('B', 'x'), record('c', 'ALERTS{alertname="A"}')],
      [[], [], [0]],
    ],
    ['any alert', [alert('A', 'x'), alert('B', 'x'), record('c', 'ALERTS')], [[], [], [1, 0]]],
    ['their for-state', [alert('A', 'x'), record('c', 'ALERTS_FOR_STATE{alertname!="B"}')], [[], [0]]],
    ['a record named ALERTS', [alert('A', 'x'), record('ALERTS', 'y')], [[], [0]]],
    [
      'a template that queries',
      [record('a', 'x'), alert('B', 'y', { t: '{{ query "a" }}' }), record('c', 'z')],
      [[], [0], [1]],
    ],
    ['a text about a query', [record('a', 'x'), alert('B', 'y', { t: 'the query is slow' })], [[], []]],
  ])('%s', (_, rules, expected) => {
    expect(ruleOrder(rules)).toEqual(expected);
  });

  it('of a group too large to look at every pair is the order of the file', () => {
    const rules = Array.from({ length: ORDERED_RULES_MAX + 1 }, (_, i) => record(`r${i}`, 'x'));
    expect(ruleOrder(rules).slice(0, 3)).toEqual([[], [0], [1]]);
  });
});

describe('rules run side by side', () => {
  const names = ['a', 'b', 'c', 'd'];
  const term = fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom(
      'x',
      'count(ALERTS)',
      'count(ALERTS{alertname="A"})',
      'count({__name__=~"[ab]"})',
      'count({n="1"})',
      'sum(a)',
    ),
  );
  const rule = fc.tuple(fc.constantFrom(...names, 'A', 'B'), term, term).map(([name, one, two]) => {
    const query = `(sum(${one}) or vector(1)) + (sum(${two}) or vector(2))`;
    return name === name.toUpperCase() ? alert(name, query) : record(name, query);
  });

  /** Everything in the store after three evaluations, and which rules failed. */
  async function outcome(rules: readonly Rule[], slots: number, delays: readonly number[]): Promise<string> {
    const store = new MemorySelector();
    const clock = new SystemClock();
    const engine = openQueryEngine({ selector: store, clock });
    const group: RuleGroup = { file: 'f', name: 'g', intervalMs: 15_000, limit: 0, queryOffsetMs: 0, rules };
    let asked = 0;
    const slow: typeof engine.instant = async (query, at, options) => {
      for (let turns = delays[asked++ % delays.length] ?? 0; turns > 0; turns--) await Promise.resolve();
      return engine.instant(query, at, options);
    };
    const evaluator = new RuleEvaluator(
      {
        clock,
        engine: { instant: slow, range: engine.range.bind(engine) },
        logger: silentLogger,
        sampleSink: {
          append: async (batch) => {
            store.append(batch);
            return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 };
          },
        },
      },
      { intervalMs: 15_000, queryOffsetMs: 0, resendDelayMs: 60_000, externalLabels: {}, externalUrl: '' },
      new ExtraSlots(slots),
    );
    const state = newGroupState(group);
    const { signal } = new AbortController();
    for (let step = 0; step < 3; step++) {
      const atMs = step * 15_000;
      store.add(Labels.fromObject({ __name__: 'x', n: '1' }), atMs, step + 1);
      await evaluator.evaluate(group, state, unixMs(atMs), signal);
    }
    const all = await engine.instant('{__name__=~".+"}[1h]', unixMs(60_000), { signal });
    const series = all.type === 'matrix' ? all.series : [];
    const texts = series.map((one) => `${one.labels} ${[...one.timestampMs].join()} ${[...one.value].join()}`).sort();
    return [...texts, ...state.rules.map(({ health }) => health)].join('\n');
  }

  it('give what they give one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
        async (rules, delays) => (await outcome(rules, 4, delays)) === (await outcome(rules, 0, [0])),
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
