import type { z } from 'zod';
import { Relabeler } from '../relabel/index.ts';
import type { ScrapePoolConfig } from './config.ts';
import { expandGroup } from './discovery/discovery.ts';
import { describeTarget } from './scrape/target-labels.ts';

/**
 * Refuses targets that are written down and are no addresses once they are relabelled. What a probe tests may be a URL as long as
 * relabelling puts the probe's own address in its place.
 */
export function checkStaticTargets(
  config: ScrapePoolConfig,
  path: readonly (string | number)[],
  context: z.core.$RefinementCtx,
): void {
  if (!config.static_configs.some(({ targets }) => targets.some(isUrl))) return;
  const relabeler = new Relabeler(config.relabel_configs);
  for (const [g, group] of config.static_configs.entries()) {
    // Everything else that relabelling can do wrong is told beside the target.
    if (!group.targets.some(isUrl)) continue;
    for (const [t, labels] of expandGroup(group, {}).entries()) {
      if (!isUrl(group.targets[t] as string)) continue;
      const outcome = describeTarget(labels, config, relabeler);
      if (outcome.kind === 'invalid')
        context.addIssue({
          code: 'custom',
          path: [...path, 'static_configs', g, 'targets', t],
          message: outcome.reason,
        });
    }
  }
}

function isUrl(target: string): boolean {
  return target.includes('/');
}
