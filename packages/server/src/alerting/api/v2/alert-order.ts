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

/** By `job`, then `instance`, then all labels. Source: Alertmanager, types.AlertSlice. */
export function compareAlerts(a: { readonly labels: Labels }, b: { readonly labels: Labels }): number {
  for (const name of ['job', 'instance']) {
    const [valueA, valueB] = [a.labels.get(name), b.labels.get(name)];
    if (valueA === valueB) continue;
    if (valueA === '') return 1;
    if (valueB === '') return -1;
    return valueA < valueB ? -1 : 1;
  }
  return compareLabelSets(a.labels, b.labels);
}
