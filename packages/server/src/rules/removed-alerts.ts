import type { AlertLifeEvent } from '../model/ports.ts';
import type { RuleState } from './group-state.ts';
import type { RuleGroup } from './ports.ts';

/** The end of alerts whose rules a reload took away: `kept` are the states that go on. Nobody will evaluate the others again. */
export function removedAlertEvents(
  group: RuleGroup,
  before: readonly RuleState[],
  kept: ReadonlySet<RuleState>,
): readonly AlertLifeEvent[] {
  return before.flatMap((ruleState, i) => {
    const name = group.rules[i]?.name;
    if (name === undefined || kept.has(ruleState)) return [];
    return [...ruleState.alerts.values()]
      .filter(({ state }) => state !== 'inactive')
      .map(({ labels, annotations, value, activeAtMs, firedAtMs }): AlertLifeEvent => {
        const rule = { file: group.file, group: group.name, name };
        return { state: 'resolved', labels, annotations, value, activeAtMs, firedAtMs, rule };
      });
  });
}
