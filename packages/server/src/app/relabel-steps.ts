import type { RelabelStep } from '../metrics/api/index.ts';
import { type RelabelConfig, Relabeler } from '../metrics/relabel/index.ts';
import { Labels } from '../model/labels.ts';

/** The labels after each rule, until one drops them. */
export function relabelSteps(configs: readonly RelabelConfig[], labels: Labels): readonly RelabelStep[] {
  let current: Labels | undefined = labels;
  return configs.map((rule) => {
    current = current && new Relabeler([rule]).relabel(current);
    return { rule, output: current ?? Labels.EMPTY, keep: current !== undefined };
  });
}
