import type { Labels } from '../../../model/labels.ts';

/** Prometheus' order of label sets: name and value, pair by pair; a set that is a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const x = a.pairs;
  const y = b.pairs;
  const length = Math.min(x.length, y.length);
  for (let i = 0; i < length; i++) {
    const left = x[i] as string;
    const right = y[i] as string;
    if (left !== right) return left < right ? -1 : 1;
  }
  return x.length - y.length;
}
