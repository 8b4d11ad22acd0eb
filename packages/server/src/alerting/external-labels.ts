import type { Labels } from '../model/labels.ts';

/** global.external_labels where the alert has no such label. */
export function withExternalLabels(labels: Labels, external: Readonly<Record<string, string>>): Labels {
  let all = labels;
  for (const [name, value] of Object.entries(external)) if (!all.has(name)) all = all.with(name, value);
  return all;
}
