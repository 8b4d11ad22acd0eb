import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { CardinalityReader } from './cardinality-reader.ts';
import { LabelIndex } from './label-index.ts';

function indexOf(count: number): LabelIndex {
  const series = Array.from({ length: count }, (_, i) => Labels.fromObject({ __name__: 'hits', path: `/x/${i}` }));
  const index = new LabelIndex((ref) => series[ref - 1] ?? Labels.EMPTY);
  for (const [i, labels] of series.entries()) index.add(i + 1, labels);
  return index;
}

/** Time passes with every look at it, as if each step of a walk took a millisecond. */
class SteppingClock {
  ms = 0;
  monotonicMs(): number {
    return this.ms++;
  }
}

describe('CardinalityReader', () => {
  it('walks in turns of some milliseconds, and counts every series all the same', async () => {
    const reader = new CardinalityReader(indexOf(20_000), new SteppingClock());
    let turnsBetween = 0;
    const answer = reader.read(1);
    while ((await Promise.race([answer, nextTurn('turn')])) === 'turn') turnsBetween++;
    expect(turnsBetween).toBeGreaterThan(3);
    expect(await answer).toMatchObject({
      seriesCount: 20_000,
      labelPairCount: 20_001,
      seriesCountByMetricName: [{ name: 'hits', value: 20_000 }],
      labelValueCountByLabelName: [{ name: 'path', value: 20_000 }],
    });
  });

  it('gives the same answer to all who ask meanwhile, and for twenty times as long as it took', async () => {
    const clock = new SteppingClock();
    const index = indexOf(600);
    const reader = new CardinalityReader(index, clock);
    const first = reader.read(1);
    expect(reader.read(1)).toBe(first);
    expect(reader.read(2)).not.toBe(first);
    const second = reader.read(1);
    await second;
    expect(reader.read(1)).toBe(second);
    clock.ms += 1_000;
    expect(reader.read(1)).not.toBe(second);
  });
});
