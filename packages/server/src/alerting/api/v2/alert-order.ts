import type { Labels } from '../../../model/labels.ts';

/** Shorter sets first, then by names, then by values. Source: prometheus/common, model.LabelSet.Before. */
export function compareLabelSets(a: Labels, b: Labels): number {
  if (a.size !== b.size) return a.size - b.size;
  for (let i = 0; i < a.pairs.length; i += 2) {
    const [nameA, nameB] = [a.pairs[i] as string, b.pairs[i] as string];
    // The set that lacks the first name that differs comes first.
    if (nameA !== nameB) return nameA < nameB ? 1 : -1;
    const [valueA, valueB] = [a.pairs[i + 1] as string, b.pairs[i + 1] as string];
    if (valueA !== valueB) return valueA < valueB ? -1 : 1;
  }
  return 0;
}

/** By `job`, then `instance`, then all labels; what lacks one comes last. Source: Alertmanager, types.AlertSlice. */
export function inAlertOrder<Item extends { readonly labels: Labels }>(items: Iterable<Item>): readonly Item[] {
  const all = [...items];
  if (all.length < 2) return all;
  const keyed = all.map((item) => ({
    item,
    job: item.labels.get('job'),
    instance: item.labels.get('instance'),
  }));
  keyed.sort(
    (a, b) =>
      compareGiven(a.job, b.job) ||
      compareGiven(a.instance, b.instance) ||
      compareLabelSets(a.item.labels, b.item.labels),
  );
  return keyed.map(({ item }) => item);
}

function compareGiven(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  return a < b ? -1 : 1;
}
