import { type Labels, METRIC_NAME } from '../../../model/labels.ts';

/** Labels that say which metric a series is; operations whose result is another quantity drop all of them. */
export const NAME_LABELS = [METRIC_NAME, '__type__', '__unit__'] as const;

export function isNameLabel(name: string): boolean {
  return name === METRIC_NAME || name === '__type__' || name === '__unit__';
}

export function withoutName(labels: Labels): Labels {
  return labels.filter((name) => !isNameLabel(name));
}
