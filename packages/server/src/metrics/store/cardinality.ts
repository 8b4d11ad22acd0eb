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

/** Pairs between two rests of a walk: well under a millisecond, however long the lists are. */
const PAIRS_PER_STEP = 512;

/** Walks the whole label index, in steps: whoever drives it may let others run between two of them. */
export function* cardinalityWalk(
  seriesCount: number,
  labels: LabelCounts,
  top: number,
): Generator<undefined, Cardinality, undefined> {
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
      // Most pairs are small, and their text would be made for nothing.
      if (pairs.takes(series)) pairs.offer(`${name}=${value}`, series);
      if (name === METRIC_NAME) metrics.offer(value, series);
      if (valueCount % PAIRS_PER_STEP === 0) yield;
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

/** Where too many series come from: the label with the most values (never the metric name), and the metric with the most series. */
export interface Culprits {
  readonly label: CardinalityEntry | undefined;
  readonly metric: CardinalityEntry | undefined;
}

/** Needs the number of values of each label and the series of each metric only: quick enough for the turn in which a limit is reached. */
export function culpritsOf(
  valueCounts: Iterable<readonly [label: string, values: number]>,
  metrics: Iterable<readonly [metric: string, series: number]>,
): Culprits {
  let label: CardinalityEntry | undefined;
  let metric: CardinalityEntry | undefined;
  for (const [name, value] of valueCounts)
    if (name !== METRIC_NAME && value > (label?.value ?? 0)) label = { name, value };
  for (const [name, value] of metrics) if (value > (metric?.value ?? 0)) metric = { name, value };
  return { label, metric };
}

export function culpritWords({ label, metric }: Culprits): string {
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

  takes(value: number): boolean {
    const { entries } = this;
    return entries.length < this.#count || value > (entries.at(-1)?.value ?? -1);
  }

  offer(name: string, value: number): void {
    if (!this.takes(value)) return;
    const { entries } = this;
    let at = entries.length;
    while (at > 0 && (entries[at - 1]?.value ?? 0) < value) at--;
    entries.splice(at, 0, { name, value });
    if (entries.length > this.#count) entries.pop();
  }
}
