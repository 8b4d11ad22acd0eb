import { describe, expect, it } from 'vitest';
import { Labels, METRIC_NAME } from '../../model/labels.ts';
import { type Cardinality, cardinalityWalk, culpritWords, culpritsOf } from './cardinality.ts';
import { LabelIndex } from './label-index.ts';

function cardinalityOf(index: LabelIndex, top: number): Cardinality {
  const walk = cardinalityWalk(index.size, index.counts(), top);
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
  }
}

const wordsOf = (index: LabelIndex): string =>
  culpritWords(culpritsOf(index.valueCounts(), index.seriesCounts(METRIC_NAME)));

describe('cardinality', () => {
  it('names the metrics, labels and pairs with the most series, largest first', () => {
    const series = [
      Labels.fromObject({ __name__: 'fps', camera: 'a', site: 'n' }),
      Labels.fromObject({ __name__: 'fps', camera: 'b', site: 'n' }),
      Labels.fromObject({ __name__: 'fps', camera: 'c', site: 's' }),
      Labels.fromObject({ __name__: 'up', site: 'n' }),
    ];
    const index = new LabelIndex((ref) => series[ref - 1] ?? Labels.EMPTY);
    for (const [i, labels] of series.entries()) index.add(i + 1, labels);
    const { seriesCount, labelPairCount, ...lists } = cardinalityOf(index, 2);
    expect({ seriesCount, labelPairCount }).toEqual({ seriesCount: 4, labelPairCount: 7 });
    expect(lists.seriesCountByMetricName).toEqual([
      { name: 'fps', value: 3 },
      { name: 'up', value: 1 },
    ]);
    expect(lists.labelValueCountByLabelName[0]).toEqual({ name: 'camera', value: 3 });
    expect(lists.seriesCountByLabelValuePair).toHaveLength(2);
    expect(lists.seriesCountByLabelValuePair.map(({ value }) => value)).toEqual([3, 3]);
  });

  it('puts the blame on the label with the most values, never on the metric name itself', () => {
    const series = Array.from({ length: 30 }, (_, i) =>
      Labels.fromObject({ __name__: `m${i % 20}`, path: `/x/${i % 10}`, zone: 'n' }),
    );
    const index = new LabelIndex((ref) => series[ref - 1] ?? Labels.EMPTY);
    for (const [i, labels] of series.entries()) index.add(i + 1, labels);
    expect(wordsOf(index)).toBe('the label "path" has 10 values, the metric "m0" has 2 series');
    expect(wordsOf(new LabelIndex(() => Labels.EMPTY))).toBe('');
  });
});
