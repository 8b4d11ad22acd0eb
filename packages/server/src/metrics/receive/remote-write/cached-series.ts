import { Labels, METRIC_NAME } from '../../../model/labels.ts';

/** A label set as a sender encodes it, decoded once; `fault` says why it cannot be stored. */
export type CachedSeries =
  | { readonly labels: Labels; readonly fault?: undefined }
  | { readonly labels?: undefined; readonly fault: string };

const DESCRIPTION_LENGTH_MAX = 200;

/** The series of label pairs in the order sent. Both protocols: names and the metric name must be there, and names be unique. */
export function seriesOf(pairs: readonly string[]): CachedSeries {
  let sorted = true;
  const names = new Set<string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    if (name === '') return { fault: `a series has a label without a name: ${describe(pairs)}` };
    if (names.has(name)) return { fault: `label name "${name}" is not unique in ${describe(pairs)}` };
    names.add(name);
    sorted &&= pairs[i + 1] !== '' && (i === 0 || (pairs[i - 2] as string) < name);
  }
  if (!names.has(METRIC_NAME)) return { fault: `a series has no metric name (__name__ label): ${describe(pairs)}` };
  if (sorted) return { labels: Labels.fromSortedPairs(pairs) };
  const map = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i] as string, pairs[i + 1] as string);
  const labels = Labels.fromMap(map);
  return labels.metricName === '' ? { fault: `a series has an empty metric name: ${describe(pairs)}` } : { labels };
}

function describe(pairs: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) parts.push(`${pairs[i]}=${JSON.stringify(pairs[i + 1])}`);
  const text = `{${parts.join(', ')}}`;
  return text.length > DESCRIPTION_LENGTH_MAX ? `${text.slice(0, DESCRIPTION_LENGTH_MAX)}…` : text;
}
