import { METRIC_NAME } from '../../model/labels.ts';

export interface CardinalityEntry {
  readonly name: string;
  readonly value: number;
}

/** Which metrics and labels the series come from: the first question when there are too many. Largest first. */
export interface Cardinality {
  readonly seriesCount: number;
  readonly labelPairCount: number;
  readonly seriesCountByMetricName: readonly CardinalityEntry[];
  readonly labelValueCountByLabelName: readonly CardinalityEntry[];
  /** UTF-8 is not counted; two bytes a character, as the process holds them. */
  readonly memoryInBytesByLabelName: readonly CardinalityEntry[];
  /** Names are `label=value`. */
  readonly seriesCountByLabelValuePair: readonly CardinalityEntry[];
}

/** The label index as it is walked here: label name → value → number of series. */
export type LabelCounts = Iterable<readonly [name: string, values: Iterable<readonly [value: string, series: number]>]>;

export function cardinalityOf(seriesCount: number, labels: LabelCounts, top: number): Cardinality {
  const metrics = new Top(top);
  const values = new Top(top);
  const memory = new Top(top);
  const pairs = new Top(top);
  let labelPairCount = 0;
  for (const [name, counts] of labels) {
    let valueCount = 0;
    let bytes = 0;
    for (const [value, series] of counts) {
      valueCount++;
      bytes += 2 * value.length;
      pairs.offer(`${name}=${value}`, series);
      if (name === METRIC_NAME) metrics.offer(value, series);
    }
    labelPairCount += valueCount;
    values.offer(name, valueCount);
    memory.offer(name, bytes);
  }
  return {
    seriesCount,
    labelPairCount,
    seriesCountByMetricName: metrics.entries,
    labelValueCountByLabelName: values.entries,
    memoryInBytesByLabelName: memory.entries,
    seriesCountByLabelValuePair: pairs.entries,
  };
}

/**
 * Where too many series come from, in words: the label with the most values, and the metric with the most series. Walks the whole label
 * index, as `cardinalityOf`.
 */
export function blame(seriesCount: number, labels: LabelCounts): string {
  const { labelValueCountByLabelName, seriesCountByMetricName } = cardinalityOf(seriesCount, labels, 2);
  const label = labelValueCountByLabelName.find(({ name }) => name !== METRIC_NAME);
  const metric = seriesCountByMetricName[0];
  const values = label === undefined ? '' : `the label "${label.name}" has ${label.value} values`;
  const series = metric === undefined ? '' : `the metric "${metric.name}" has ${metric.value} series`;
  return [values, series].filter((part) => part !== '').join(', ');
}

/** The largest few of many, without keeping the many. */
class Top {
  readonly entries: CardinalityEntry[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  offer(name: string, value: number): void {
    const { entries } = this;
    const smallest = entries.at(-1)?.value ?? -1;
    if (entries.length >= this.#count && value <= smallest) return;
    let at = entries.length;
    while (at > 0 && (entries[at - 1]?.value ?? 0) < value) at--;
    entries.splice(at, 0, { name, value });
    if (entries.length > this.#count) entries.pop();
  }
}
