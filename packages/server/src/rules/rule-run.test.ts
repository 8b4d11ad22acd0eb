import { describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { MemorySelector, openQueryEngine } from '../metrics/query/index.ts';
import { Labels } from '../model/labels.ts';
import { RuleEvaluator } from './evaluator.ts';
import { newGroupState } from './group-state.ts';
import type { RuleGroup } from './ports.ts';

/** A clock on which every look at it takes 5 ms: whatever runs is slow. */
class SlowClock extends SystemClock {
  #ms = 0;

  override monotonicMs(): number {
    return (this.#ms += 5);
  }
}

function house(seriesCount: number, annotation: string) {
  const clock = new SlowClock();
  const store = new MemorySelector();
  for (let i = 0; i < seriesCount; i++) store.add(Labels.fromObject({ __name__: 'x', i: String(i) }), 0, 1);
  const group: RuleGroup = {
    file: 'f',
    name: 'g',
    intervalMs: 15_000,
    limit: 0,
    queryOffsetMs: 0,
    rules: [
      {
        type: 'alerting',
        name: 'Flood',
        query: 'x == 1',
        labels: {},
        annotations: { text: annotation },
        forMs: 0,
        keepFiringForMs: 0,
      },
    ],
  };
  const evaluator = new RuleEvaluator(
    {
      clock,
      // The engine keeps real time, so that its own limits are not what is tested.
      engine: openQueryEngine({ selector: store, clock: new SystemClock() }),
      logger: silentLogger,
      sampleSink: { append: async () => ({ accepted: 0, rejected: [], rejectedCount: 0 }) },
    },
    { intervalMs: 15_000, queryOffsetMs: 0, resendDelayMs: 60_000, externalLabels: {}, externalUrl: '' },
  );
  const state = newGroupState(group);
  return { evaluate: () => evaluator.evaluate(group, state, unixMs(0), new AbortController().signal), state };
}

describe('a rule with many alerts', () => {
  it('whose templates take too long sends all of them, the last ones with an error as text', async () => {
    const { evaluate } = house(3_000, '{{ $labels.i }}');
    const { alerts, failures } = await evaluate();
    expect([alerts.length, failures]).toEqual([3_000, 0]);
    const late = alerts.filter(({ annotations }) => annotations.text?.startsWith('<error expanding template'));
    expect(late.length).toBeGreaterThan(500);
    expect(late.length).toBeLessThan(2_500);
    expect(late[0]?.annotations.text).toContain('took too long');
    expect(alerts[0]?.annotations.text).toBe(alerts[0]?.labels.get('i'));
  });

  it('more than a rule may have fails before any template runs, and says how many', async () => {
    const { evaluate, state } = house(100_001, '{{ query "never" }}');
    const { alerts, failures } = await evaluate();
    expect([alerts.length, failures]).toEqual([0, 1]);
    expect(state.rules[0]?.lastError).toContain('exceeded limit of 100000 with 100001 alerts');
  });
});
