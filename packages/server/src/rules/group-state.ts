import type { Labels } from '../model/labels.ts';
import type { ActiveSince } from './for-state.ts';
import type { Rule, RuleGroup } from './ports.ts';

export type AlertState = 'inactive' | 'pending' | 'firing';

/** One alert of one rule, from its first appearance until some time after it ended. */
export interface ActiveAlert {
  readonly labels: Labels;
  annotations: Readonly<Record<string, string>>;
  state: AlertState;
  /** Newest value of the expression. */
  value: number;
  /** First evaluation that returned it. */
  activeAtMs: number;
  firedAtMs: number | undefined;
  resolvedAtMs: number | undefined;
  /** Since when it fires only because of keep_firing_for. */
  keepFiringSinceMs: number | undefined;
  lastSentAtMs: number | undefined;
  /** Sent as endsAt while it fires. */
  validUntilMs: number | undefined;
  /** Taken over from before a restart and not seen again yet: how many evaluations have missed it. */
  restoredMisses: number | undefined;
}

export type RuleHealth = 'unknown' | 'ok' | 'err';

export interface RuleState {
  health: RuleHealth;
  lastError: string;
  /** Why the store refused samples of the last evaluation; empty when it took all. */
  lastRejection: string;
  lastEvaluationMs: number | undefined;
  /** Duration of the last evaluation. */
  evaluationMs: number;
  /** By Labels.key; alerting rules only. */
  readonly alerts: Map<string, ActiveAlert>;
  /** Series written by the last evaluation, by Labels.key: what vanishes from here gets a stale marker. */
  series: Map<string, Labels>;
  /** What the series ALERTS_FOR_STATE of before say; undefined where they are not asked, or have had their time. */
  activeSince: ActiveSince | 'unread' | undefined;
}

export interface GroupState {
  /** In the order of the group's rules. */
  readonly rules: readonly RuleState[];
  lastEvaluationMs: number | undefined;
  evaluationMs: number;
  /** Done since the process began. */
  evaluations: number;
  /** Left out because the one before still ran. */
  missed: number;
  lastMissedMs: number | undefined;
  /** When evaluation began in this process; restored alerts are held for a while from here. */
  firstEvaluationMs: number | undefined;
  /** Series of rules that a reload took away; they end at the next evaluation. */
  orphans: readonly Labels[];
}

export function newRuleState(): RuleState {
  return {
    health: 'unknown',
    lastError: '',
    lastRejection: '',
    lastEvaluationMs: undefined,
    evaluationMs: 0,
    alerts: new Map(),
    series: new Map(),
    activeSince: undefined,
  };
}

export function newGroupState(group: RuleGroup): GroupState {
  return {
    rules: group.rules.map(newRuleState),
    lastEvaluationMs: undefined,
    evaluationMs: 0,
    evaluations: 0,
    missed: 0,
    lastMissedMs: undefined,
    firstEvaluationMs: undefined,
    orphans: [],
  };
}

/** The state of a changed group: rules with the same name, expression and labels go on, of the others the series end. */
export function carryState(from: RuleGroup, state: GroupState, to: RuleGroup): GroupState {
  const known = new Map<string, RuleState[]>();
  for (const [i, rule] of from.rules.entries()) {
    const ruleState = state.rules[i];
    if (ruleState) known.set(identity(rule), [...(known.get(identity(rule)) ?? []), ruleState]);
  }
  const rules = to.rules.map((rule) => known.get(identity(rule))?.shift() ?? newRuleState());
  const orphans = [...known.values()].flat().flatMap((rule) => [...rule.series.values()]);
  return { ...state, rules, orphans: [...state.orphans, ...orphans] };
}

function identity(rule: Rule): string {
  return JSON.stringify([rule.type, rule.name, rule.query, Object.entries(rule.labels).sort()]);
}
