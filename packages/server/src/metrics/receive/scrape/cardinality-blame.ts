import { type Labels, METRIC_NAME } from '../../../model/labels.ts';

/** Series looked at; a million takes a second, and the culprit shows long before. */
const SERIES_LOOKED_AT_MAX = 50_000;

export interface Blame {
  /** For the sentence of an exceeded sample_limit. */
  readonly text: string;
  readonly label: string | undefined;
}

/** Names the metric with the most series and its label with the most values; undefined without series. */
export function blameCardinality(series: Iterable<Labels>): Blame | undefined {
  const counts = new Map<string, number>();
  const looked: Labels[] = [];
  for (const labels of series) {
    if (looked.length === SERIES_LOOKED_AT_MAX) break;
    looked.push(labels);
    counts.set(labels.metricName, (counts.get(labels.metricName) ?? 0) + 1);
  }
  const [metric, count] = most(counts);
  if (metric === '') return undefined;
  const values = new Map<string, Set<string>>();
  for (const labels of looked) {
    if (labels.metricName !== metric) continue;
    for (const [name, value] of labels) {
      if (name === METRIC_NAME) continue;
      const seen = values.get(name);
      if (seen) seen.add(value);
      else values.set(name, new Set([value]));
    }
  }
  const [label, distinct] = most(new Map([...values].map(([name, seen]) => [name, seen.size])));
  const what = `most are ${metric.slice(0, 80)} (${count})`;
  if (distinct <= 1) return { text: what, label: undefined };
  return { text: `${what}, whose label "${label.slice(0, 80)}" has ${distinct} values`, label };
}

function most(counts: ReadonlyMap<string, number>): readonly [name: string, count: number] {
  let found: readonly [string, number] = ['', 0];
  for (const entry of counts) if (entry[1] > found[1]) found = entry;
  return found;
}
