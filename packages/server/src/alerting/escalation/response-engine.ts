import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import { isResolved } from '../alert-store.ts';
import type { AcknowledgementStore } from '../acknowledge/store.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Muter } from '../pipeline/stage.ts';
import type { RollUp } from '../roll-up/roll-up.ts';
import type { IncomingAlert } from '../room.ts';
import type { ExpectedAlerts } from './expected-alerts.ts';
import type { Incidents } from './incidents.ts';
import type { EscalationMetrics } from './metrics.ts';
import type { RaisedAlerts } from './raise.ts';

/** While alerts fire, age and ends are looked at this often. */
export const EVALUATE_INTERVAL_MS = 60_000;

/** What is open while Vedette runs. */
export interface ResponseParts {
  readonly rollUp: RollUp;
  readonly raised: RaisedAlerts;
  readonly expected: ExpectedAlerts;
  readonly incidents: Incidents;
  readonly acknowledgements: AcknowledgementStore;
}

export interface EngineDeps {
  readonly metrics: EscalationMetrics;
  readonly alerts: () => Iterable<GroupAlert>;
  /** Hands alerts that were made out of others to the routes. */
  readonly emit: (alerts: readonly IncomingAlert[], at: UnixMs) => void;
  /** Silences, inhibition, business hours: all but the roll-up itself. */
  readonly muters: () => readonly Muter[];
  readonly url: () => string;
}

/** True when nothing is configured and nothing is left over: then an alert costs nothing here. */
export function isIdle({ rollUp, raised, expected, incidents }: ResponseParts): boolean {
  return rollUp.isIdle && raised.isIdle && expected.isIdle && incidents.isIdle;
}

/**
 * One evaluation, told the time. In this order, because each sees what the one before made: missing alerts, parents, raised severity,
 * and then the incidents of all of them.
 */
export async function evaluate(parts: ResponseParts, deps: EngineDeps, at: UnixMs): Promise<void> {
  const { rollUp, raised, expected, incidents, acknowledgements } = parts;
  const isQuiet = (labels: Labels): boolean => deps.muters().some((muter) => muter.mutedBy(labels, at));
  const firing = (): readonly GroupAlert[] => [...deps.alerts()].filter((alert) => !isResolved(alert, at));
  const url = deps.url();

  if (!expected.isIdle) deps.emit(await expected.evaluate(at, url), at);
  if (!rollUp.isIdle) {
    const affected = firing().map((alert) => ({ alert, isQuiet: isQuiet(alert.labels) }));
    deps.emit(await rollUp.evaluate(affected, at, url), at);
    report(rollUp, affected, deps.metrics, at);
  }
  if (!raised.isIdle) {
    const live = firing()
      .filter(({ labels, startsAtMs }) => !isQuiet(labels) && !rollUp.mutedSince(labels, startsAtMs, at))
      .map((alert) => ({
        alert,
        isAcknowledged: acknowledgements.of(alert.fingerprint, alert.startsAtMs) !== undefined,
      }));
    deps.emit(await raised.evaluate(live, at, url), at);
  }
  await incidents.evaluate(at);
}

/** When to evaluate next unless an alert arrives before; Infinity when nothing can happen. */
export function nextEvaluationMs({ rollUp, raised, expected, incidents }: ResponseParts, at: UnixMs): number {
  const isWatching = !rollUp.isIdle || !raised.isIdle || !expected.isIdle;
  return Math.min(
    rollUp.nextDueMs(),
    expected.nextDueMs(),
    incidents.nextDueMs(at),
    isWatching ? at + EVALUATE_INTERVAL_MS : Infinity,
  );
}

function report(
  rollUp: RollUp,
  affected: readonly { readonly alert: GroupAlert }[],
  metrics: EscalationMetrics,
  at: UnixMs,
): void {
  metrics.rollUps.reset();
  for (const { level } of rollUp.folds) metrics.rollUps.inc({ level });
  const folded = affected.filter(({ alert }) => rollUp.mutedSince(alert.labels, alert.startsAtMs, at));
  metrics.rolledUp.set(folded.length);
}
