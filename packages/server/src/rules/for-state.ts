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

/** Since when alerts count as active that somebody else has seen before. */
export class ActiveSince {
  readonly #externalLabels: ForStateOptions['externalLabels'];
  readonly #activeAtMs = new Map<string, number>();

  constructor(externalLabels: ForStateOptions['externalLabels']) {
    this.#externalLabels = externalLabels;
  }

  get size(): number {
    return this.#activeAtMs.size;
  }

  set(labels: Labels, activeAtMs: number): void {
    this.#activeAtMs.set(this.#keyOf(labels), activeAtMs);
  }

  /** Milliseconds; undefined for an alert nobody has seen. */
  get(labels: Labels): number | undefined {
    return this.#activeAtMs.get(this.#keyOf(labels));
  }

  /** What came by remote write has the external labels of its Prometheus; alerts made of such series have them, others not. */
  #keyOf(labels: Labels): string {
    const map = labels.toMap();
    map.delete(METRIC_NAME);
    for (const [name, value] of Object.entries(this.#externalLabels)) if (map.get(name) === value) map.delete(name);
    return Labels.fromMap(map).key;
  }
}

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
  const since = new ActiveSince(options.externalLabels);
  if (rule.forMs < options.gracePeriodMs || options.outageToleranceMs <= 0) return since;
  const selector = `ALERTS_FOR_STATE{alertname=${JSON.stringify(rule.name)}}`;
  const ask = async (
    query: string,
  ): Promise<ReadonlyMap<string, { readonly labels: Labels; readonly value: number }>> => {
    const result = await engine.instant(query, at, { signal, lookbackDeltaMs: options.outageToleranceMs });
    const samples = result.type === 'vector' ? result.samples : [];
    return new Map(samples.map(({ labels, value }) => [labels.without(METRIC_NAME).key, { labels, value }]));
  };
  const activeSince = await ask(selector);
  if (activeSince.size === 0) return since;
  const lastSeen = await ask(`timestamp(${selector})`);
  for (const [key, { labels, value }] of activeSince) {
    const downSinceMs = (lastSeen.get(key)?.value ?? Number.NaN) * 1000;
    const activeAtMs = value * 1000;
    if (!Number.isFinite(downSinceMs) || !Number.isFinite(activeAtMs) || activeAtMs > downSinceMs) continue;
    since.set(labels, shifted(activeAtMs, downSinceMs, rule.forMs, options.gracePeriodMs, at));
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
