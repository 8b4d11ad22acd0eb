import { expect, it } from 'vitest';
import { newGroupState } from './group-state.ts';
import type { RuleGroup } from './ports.ts';
import { stalledGroups } from './stalled-groups.ts';

const group = (name: string, intervalMs?: number): RuleGroup => ({
  file: 'rules.yaml',
  name,
  intervalMs,
  limit: 0,
  queryOffsetMs: undefined,
  rules: [],
});
const evaluated = (name: string, lastEvaluationMs: number | undefined, intervalMs?: number) => {
  const one = group(name, intervalMs);
  return { group: one, state: { ...newGroupState(one), lastEvaluationMs } };
};
const options = { intervalMs: 60_000, sinceMs: 1_000_000, nowMs: 1_300_000 };

it('groups are stalled when three of their intervals passed without an evaluation', () => {
  expect(stalledGroups([evaluated('a', 1_290_000), evaluated('b', 1_110_000)], options)).toBeUndefined();
  expect(stalledGroups([evaluated('a', 1_290_000), evaluated('b', 1_109_999)], options)).toBe(
    'rules are not evaluated: group "b"',
  );
  expect(stalledGroups([evaluated('slow', 1_109_999, 300_000)], options)).toBeUndefined();
});

it('those that never ran count from when they could have', () => {
  expect(stalledGroups([evaluated('a', undefined)], options)).toBe('rules are not evaluated: group "a"');
  expect(stalledGroups([evaluated('a', undefined)], { ...options, sinceMs: 1_200_000 })).toBeUndefined();
  // Restored from before a restart.
  expect(stalledGroups([evaluated('a', 5)], { ...options, sinceMs: 1_200_000 })).toBeUndefined();
});

it('no rules are no sign of life, and many names are cut', () => {
  expect(stalledGroups([], options)).toBe('there are no rules');
  const many = Array.from({ length: 9 }, (_, i) => evaluated(`g${i}`, 0));
  expect(stalledGroups(many, options)).toBe('rules are not evaluated: groups "g0", "g1", "g2", "g3", "g4" and 4 more');
});
