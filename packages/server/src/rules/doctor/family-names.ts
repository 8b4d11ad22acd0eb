/** Names under which the metadata of a metric may be kept: its own, and that of the histogram or summary it is a part of. */
export function familyNames(metric: string): readonly string[] {
  const family = metric.replace(/_(?:bucket|sum|count|total|info|created)$/, '');
  return family === metric ? [metric] : [metric, family];
}
