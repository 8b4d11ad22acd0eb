import type { UnixMs } from '../base/clock.ts';
import { Labels, METRIC_NAME } from '../model/labels.ts';
import type { QueryEngine } from '../model/ports.ts';
import type { AlertingRule } from './ports.ts';

export interface ForStateOptions {
  readonly outageToleranceMs: number;
  readonly gracePeriodMs: number;
  /** Labels that a Prometheus put on everything it wrote to us; alerts do not have them. */
  readonly externalLabels: Readonly<Record<string, string>>;
}

/** Since when each alert counts as active, ms, by Labels.key of the alert. */
export type ActiveSince = ReadonlyMap<string, number>;

/**
 * What a Prometheus that evaluated the same rule before left behind: the series ALERTS_FOR_STATE, whose value is the second an alert
 * became active. Read once, before the rule writes that series itself. Rules: Prometheus's restoration of the "for" state. A
 * series that ended with a staleness marker, or before the outage that is tolerated, says nothing; nor does a rule whose `for` is
 * below the grace period.
 */
export async function readForState(
  rule: AlertingRule,
  engine: QueryEngine,
  options: ForStateOptions,
  at: UnixMs,
  signal: AbortSignal,
): Promise<ActiveSince> {
  const since = new Map<string, number>();
  if (rule.forMs < options.gracePeriodMs || options.outageToleranceMs <= 0) return since;
  const selector = `ALERTS_FOR_STATE{alertname=${JSON.stringify(rule.name)}}`;
  const ask = async (
    query: string,
  ): Promise<ReadonlyMap<string, { readonly labels: Labels; readonly value: number }>> => {
    const result = await engine.instant(query, at, { signal, lookbackDeltaMs: options.outageToleranceMs });
    const samples = result.type === 'vector' ? result.samples : [];
    return new Map(samples.map(({ labels, value }) => [alertLabels(labels, options).key, { labels, value }]));
  };
  const activeSince = await ask(selector);
  if (activeSince.size === 0) return since;
  const lastSeen = await ask(`timestamp(${selector})`);
  for (const [key, { value }] of activeSince) {
    const downSinceMs = (lastSeen.get(key)?.value ?? Number.NaN) * 1000;
    const activeAtMs = value * 1000;
    if (!Number.isFinite(downSinceMs) || !Number.isFinite(activeAtMs) || activeAtMs > downSinceMs) continue;
    since.set(key, shifted(activeAtMs, downSinceMs, rule.forMs, options.gracePeriodMs, at));
  }
  return since;
}

/**
 * Nobody watched during the outage, so that it does not count as time spent pending; and what is left of `for` is at least the
 * grace period, in which data comes in again. An alert that had waited long enough keeps its time: it fired.
 */
export function shifted(
  activeAtMs: number,
  downSinceMs: number,
  forMs: number,
  gracePeriodMs: number,
  nowMs: number,
): number {
  const remainingMs = forMs - (downSinceMs - activeAtMs);
  if (remainingMs <= 0) return activeAtMs;
  if (remainingMs < gracePeriodMs) return nowMs + gracePeriodMs - forMs;
  return activeAtMs + Math.max(0, nowMs - downSinceMs);
}

function alertLabels(labels: Labels, { externalLabels }: ForStateOptions): Labels {
  const map = labels.toMap();
  map.delete(METRIC_NAME);
  for (const [name, value] of Object.entries(externalLabels)) if (map.get(name) === value) map.delete(name);
  return Labels.fromMap(map);
}
