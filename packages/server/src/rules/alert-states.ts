import { Labels, METRIC_NAME } from '../model/labels.ts';
import type { ActiveAlert, GroupState, RuleState } from './group-state.ts';
import type { AlertingRule, RuleAlert } from './ports.ts';

/** Ended alerts are kept and sent again this long, so that a receiver that was away learns of the end. As Prometheus. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;
/**
 * After a restart the first answers may come from a store that has not been fed again yet: an alert from before that
 * is missing counts as ended only after this many evaluations and this much time.
 */
export const RESTORED_MISSES_MAX = 2;
export const RESTORED_HOLD_MS = 60_000;

export interface SeenAlert {
  readonly labels: Labels;
  readonly value: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An alert that became pending, firing or resolved; `resolved` also when it ended before it fired. */
export interface AlertTransition {
  readonly to: 'pending' | 'firing' | 'resolved';
  readonly alert: ActiveAlert;
}

/** Moves every alert of a rule to its state at `atMs`, given what the expression returned now; says which ones changed. */
export function advanceAlerts(
  rule: AlertingRule,
  state: RuleState,
  group: GroupState,
  seen: ReadonlyMap<string, SeenAlert>,
  atMs: number,
): readonly AlertTransition[] {
  const transitions: AlertTransition[] = [];
  const began = new Set<ActiveAlert>();
  for (const [key, { labels, value, annotations }] of seen) {
    const known = state.alerts.get(key);
    if (known && known.state !== 'inactive') {
      known.value = value;
      known.annotations = annotations;
      // Whoever heard of it as unconfirmed hears at once that it is there.
      if (known.restoredMisses !== undefined) known.lastSentAtMs = undefined;
      known.restoredMisses = undefined;
      known.keepFiringSinceMs = undefined;
    } else {
      const alert = newAlert(labels, value, annotations, (known ? undefined : takenOver(state, labels)) ?? atMs);
      state.alerts.set(key, alert);
      began.add(alert);
    }
  }
  for (const [key, alert] of state.alerts) {
    const wasActive = alert.state !== 'inactive';
    if (!seen.has(key) && !advanceMissing(rule, state, group, key, alert, atMs)) {
      if (wasActive && (alert.state === 'inactive' || !state.alerts.has(key)))
        transitions.push({ to: 'resolved', alert });
      continue;
    }
    if (alert.state === 'pending' && atMs - alert.activeAtMs >= rule.forMs) {
      alert.state = 'firing';
      alert.firedAtMs = atMs;
      transitions.push({ to: 'firing', alert });
    } else if (began.has(alert)) {
      transitions.push({ to: 'pending', alert });
    }
  }
  return transitions;
}

/** Since when an alert is active that somebody else has seen before; one whose end we saw ourselves begins anew instead. */
function takenOver({ activeSince }: RuleState, labels: Labels): number | undefined {
  return activeSince === 'unread' ? undefined : activeSince?.get(labels);
}

/** Forgets all alerts of a rule; says which ones were active. */
export function clearAlerts(state: RuleState, atMs: number): readonly AlertTransition[] {
  const active = [...state.alerts.values()].filter((alert) => alert.state !== 'inactive');
  state.alerts.clear();
  return active.map((alert) => {
    alert.state = 'inactive';
    alert.resolvedAtMs = atMs;
    return { to: 'resolved', alert };
  });
}

function newAlert(
  labels: Labels,
  value: number,
  annotations: Readonly<Record<string, string>>,
  activeAtMs: number,
): ActiveAlert {
  return {
    labels,
    annotations,
    state: 'pending',
    value,
    activeAtMs,
    firedAtMs: undefined,
    resolvedAtMs: undefined,
    keepFiringSinceMs: undefined,
    lastSentAtMs: undefined,
    validUntilMs: undefined,
    restoredMisses: undefined,
  };
}

/** An alert the expression did not return; true when it stays active all the same. */
function advanceMissing(
  rule: AlertingRule,
  state: RuleState,
  group: GroupState,
  key: string,
  alert: ActiveAlert,
  atMs: number,
): boolean {
  if (alert.state === 'inactive') {
    if (alert.resolvedAtMs === undefined || atMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS) state.alerts.delete(key);
    return false;
  }
  if (alert.restoredMisses !== undefined) {
    alert.restoredMisses++;
    const held = atMs - (group.firstEvaluationMs ?? atMs);
    // A restored pending alert does not begin to fire on what nobody has seen.
    if (alert.restoredMisses <= RESTORED_MISSES_MAX || held < RESTORED_HOLD_MS) return alert.state === 'firing';
  }
  if (alert.state === 'pending') {
    state.alerts.delete(key);
    return false;
  }
  if (rule.keepFiringForMs > 0) {
    alert.keepFiringSinceMs ??= atMs;
    if (atMs - alert.keepFiringSinceMs < rule.keepFiringForMs) return true;
  }
  alert.state = 'inactive';
  alert.resolvedAtMs = atMs;
  return false;
}

export interface SendTiming {
  readonly intervalMs: number;
  readonly resendDelayMs: number;
}

/** Alerts that are due to be sent at `atMs`; marks them as sent. */
export function takeDueAlerts(state: RuleState, timing: SendTiming, generatorUrl: string, atMs: number): RuleAlert[] {
  const due: RuleAlert[] = [];
  for (const alert of state.alerts.values()) {
    if (!isDue(alert, timing.resendDelayMs, atMs)) continue;
    alert.lastSentAtMs = atMs;
    // Long enough to survive three lost sends before the receiver takes it for ended.
    alert.validUntilMs = atMs + 4 * Math.max(timing.intervalMs, timing.resendDelayMs);
    const resolved = alert.state === 'inactive';
    due.push({
      labels: alert.labels,
      annotations: alert.annotations,
      startsAtMs: alert.firedAtMs ?? alert.activeAtMs,
      endsAtMs: resolved ? (alert.resolvedAtMs ?? atMs) : alert.validUntilMs,
      resolved,
      value: alert.value,
      ...(alert.restoredMisses !== undefined && !resolved ? { isUnconfirmed: true } : {}),
      generatorUrl,
    });
  }
  return due;
}

function isDue(alert: ActiveAlert, resendDelayMs: number, atMs: number): boolean {
  if (alert.state === 'pending') return false;
  if (alert.lastSentAtMs === undefined) return true;
  if (alert.resolvedAtMs !== undefined && alert.resolvedAtMs > alert.lastSentAtMs) return true;
  // As in Prometheus not yet at the very end of the delay: who relies on its rhythm counts on one more evaluation.
  return atMs - alert.lastSentAtMs > resendDelayMs;
}

/** The series ALERTS and ALERTS_FOR_STATE of an active alert; nothing for one that ended. */
export function alertSeries(alert: ActiveAlert): readonly { readonly labels: Labels; readonly value: number }[] {
  if (alert.state === 'inactive') return [];
  const labels = alert.labels.toMap();
  labels.set(METRIC_NAME, 'ALERTS_FOR_STATE');
  const forState = Labels.fromMap(labels);
  labels.set(METRIC_NAME, 'ALERTS').set('alertstate', alert.state);
  return [
    { labels: Labels.fromMap(labels), value: 1 },
    { labels: forState, value: Math.floor(alert.activeAtMs / 1000) },
  ];
}
