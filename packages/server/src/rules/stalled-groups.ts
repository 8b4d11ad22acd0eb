import type { GroupState } from './group-state.ts';
import type { RuleGroup } from './ports.ts';

/** Evaluations that may be missing before a group counts as stalled. */
const INTERVALS_MAX = 3;
/** For short intervals: a moment of load is no standstill. */
const GRACE_MS = 10_000;
/** Names in one message. */
const NAMES_MAX = 5;

export interface StalledOptions {
  /** Of groups without an interval of their own. */
  readonly intervalMs: number;
  /** Since when the groups run: before, none can have been evaluated. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Why rules are not evaluated as they should be, in words; undefined when all groups are. */
export function stalledGroups(
  groups: readonly { readonly group: RuleGroup; readonly state: GroupState }[],
  { intervalMs, sinceMs, nowMs }: StalledOptions,
): string | undefined {
  if (groups.length === 0) return 'there are no rules';
  const late = groups.filter(({ group, state }) => {
    const lastMs = Math.max(state.lastEvaluationMs ?? sinceMs, sinceMs);
    return nowMs - lastMs > INTERVALS_MAX * (group.intervalMs ?? intervalMs) + GRACE_MS;
  });
  if (late.length === 0) return undefined;
  const names = late.slice(0, NAMES_MAX).map(({ group }) => `"${group.name}"`);
  const more = late.length > names.length ? ` and ${late.length - names.length} more` : '';
  return `rules are not evaluated: ${late.length === 1 ? 'group' : 'groups'} ${names.join(', ')}${more}`;
}
