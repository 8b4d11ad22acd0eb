import { z } from 'zod';
import { durationMs } from '../../base/config-schema.ts';
import { labelNameFault, matchMap, matchRegexMap, matcherLines } from './matcher-section.ts';
import type { MatcherMode } from './parse-matchers.ts';

/** A route as the file has it; times in milliseconds. */
export interface RouteSection {
  readonly receiver?: string | undefined;
  readonly group_by?: readonly string[] | undefined;
  readonly match?: Readonly<Record<string, string>> | undefined;
  readonly match_re?: Readonly<Record<string, string>> | undefined;
  readonly matchers?: readonly string[] | undefined;
  readonly mute_time_intervals?: readonly string[] | undefined;
  readonly active_time_intervals?: readonly string[] | undefined;
  readonly continue: boolean;
  readonly routes?: readonly RouteSection[] | undefined;
  readonly group_wait?: number | undefined;
  readonly group_interval?: number | undefined;
  readonly repeat_interval?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** `<route>`, with the routes below it. */
export function routeSection(mode: MatcherMode): z.ZodType<RouteSection> {
  const groupBy = z.array(z.string()).superRefine((names, context) => checkGroupBy(names, mode, context));
  const labels = z.record(z.string(), z.string()).superRefine((values, context) => {
    for (const name of Object.keys(values)) {
      if (labelNameFault(name, mode))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `invalid label name ${JSON.stringify(name)} in route labels`,
        });
    }
  });
  const route: z.ZodType<RouteSection> = z.lazy(() =>
    z.strictObject({
      receiver: z.string().optional(),
      group_by: groupBy.optional(),
      match: matchMap.optional(),
      match_re: matchRegexMap.optional(),
      matchers: matcherLines(mode).optional(),
      mute_time_intervals: z.array(z.string()).optional(),
      active_time_intervals: z.array(z.string()).optional(),
      continue: z.boolean().default(false),
      routes: z.array(route).optional(),
      group_wait: durationMs.optional(),
      group_interval: durationMs.refine((ms) => ms > 0, { error: 'group_interval cannot be zero' }).optional(),
      repeat_interval: durationMs.refine((ms) => ms > 0, { error: 'repeat_interval cannot be zero' }).optional(),
      labels: labels.optional(),
    }),
  );
  return route;
}

/** Groups by all labels. */
export const GROUP_BY_ALL = '...';

function checkGroupBy(names: readonly string[], mode: MatcherMode, context: z.core.$RefinementCtx): void {
  const issue = (message: string): void => context.addIssue({ code: 'custom', message });
  const seen = new Set<string>();
  for (const name of names) {
    if (name === GROUP_BY_ALL) continue;
    if (labelNameFault(name, mode)) issue(`invalid label name ${JSON.stringify(name)} in group_by list`);
    if (seen.has(name)) issue(`duplicated label ${JSON.stringify(name)} in group_by`);
    seen.add(name);
  }
  if (names.includes(GROUP_BY_ALL) && seen.size > 0)
    issue('cannot have wildcard group_by (`...`) and other labels at the same time');
}
