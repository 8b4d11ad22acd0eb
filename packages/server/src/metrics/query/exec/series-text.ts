import type { Labels } from '../../../model/labels.ts';
import { quote } from '../parse/literals.ts';

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Labels as Prometheus' error messages write them, with the metric name among them: `{__name__="up", job="a"}`. */
export function seriesText(labels: Labels): string {
  const parts: string[] = [];
  for (const [name, value] of labels) parts.push(`${LEGACY_NAME.test(name) ? name : quote(name)}=${quote(value)}`);
  return `{${parts.join(', ')}}`;
}
