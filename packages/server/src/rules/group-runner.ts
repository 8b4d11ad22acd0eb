import { createHash } from 'node:crypto';
import type { Clock, UnixMs } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { AlertLifeSink } from '../model/ports.ts';
import type { AlertMemory } from './alert-memory.ts';
import type { RuleEvaluator } from './evaluator.ts';
import type { GroupState } from './group-state.ts';
import type { AlertSink, RuleGroup } from './ports.ts';
import { groupKey } from './rule-file.ts';
import type { RuleMetrics } from './rule-metrics.ts';

export interface GroupRunnerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RuleMetrics;
  readonly memory: AlertMemory;
  readonly alertSink: AlertSink;
  readonly alertLife: AlertLifeSink | undefined;
}

/** Keeps one group on its schedule, from `start` to `stop`. */
export class GroupRunner {
  readonly group: RuleGroup;
  readonly state: GroupState;
  /** Replaced by a reload that changed settings but not the group. */
  evaluator: RuleEvaluator;
  readonly #deps: GroupRunnerDeps;
  readonly #abort = new AbortController();
  #schedule: Disposable | undefined;
  #running: Promise<void> | undefined;

  constructor(group: RuleGroup, state: GroupState, evaluator: RuleEvaluator, deps: GroupRunnerDeps) {
    this.group = group;
    this.state = state;
    this.evaluator = evaluator;
    this.#deps = deps;
  }

  start(intervalMs: number): void {
    const labels = { rule_group: groupKey(this.group) };
    this.#deps.metrics.rules.set(labels, this.group.rules.length);
    this.#deps.metrics.interval.set(labels, intervalMs / 1000);
    // Each sample counts from the first, so that rate() sees the first failure too.
    this.#deps.metrics.missed.inc(labels, 0);
    this.#deps.metrics.failures.inc(labels, 0);
    this.#schedule = this.#deps.clock.every(
      { intervalMs, offsetMs: stableOffset(groupKey(this.group), intervalMs) },
      (at, missed) => {
        this.#running = this.#evaluate(at, missed);
        return this.#running;
      },
      (error) => {
        if (!this.#abort.signal.aborted)
          this.#deps.logger.error(
            { group: this.group.name, error: errorMessage(error) },
            'evaluation of a group failed',
          );
      },
    );
  }

  /** Ends the schedule and waits for a running evaluation; the signal ends the wait by aborting it. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    const giveUp = (): void => this.#abort.abort(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await this.#running;
    } catch (error) {
      if (!this.#abort.signal.aborted)
        this.#deps.logger.warn({ group: this.group.name, error: errorMessage(error) }, 'the last evaluation failed');
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  forgetMetrics(): void {
    const labels = { rule_group: groupKey(this.group) };
    const { evaluations, failures, missed, iterations, lastDuration, lastEvaluation, rules, interval } =
      this.#deps.metrics;
    for (const metric of [evaluations, failures, missed, iterations, lastDuration, lastEvaluation, rules, interval])
      metric.remove(labels);
  }

  async #evaluate(at: UnixMs, missed: number): Promise<void> {
    const { metrics, memory, alertSink, alertLife, logger } = this.#deps;
    const labels = { rule_group: groupKey(this.group) };
    metrics.iterations.inc(labels, missed + 1);
    metrics.lateness.observe(Math.max(0, this.#deps.clock.now() - at) / 1000);
    if (missed > 0) {
      metrics.missed.inc(labels, missed);
      this.state.missed += missed;
      this.state.lastMissedMs = at;
      logger.warn(
        { file: this.group.file, group: this.group.name, missed },
        'evaluations were left out: the group takes longer than its interval',
      );
    }
    const outcome = await this.evaluator.evaluate(this.group, this.state, at, this.#abort.signal);
    const { alerts, events, failures } = outcome;
    metrics.evaluations.inc(labels, this.group.rules.length);
    metrics.failures.inc(labels, failures);
    metrics.lastDuration.set(labels, this.state.evaluationMs / 1000);
    metrics.duration.observe(this.state.evaluationMs / 1000);
    metrics.lastEvaluation.set(labels, at / 1000);
    // First remembered, then told: after a crash in between the alert is told again, with the same startsAt.
    try {
      await memory.remember(this.group, this.state);
    } catch (error) {
      memory.report(error, this.group);
    }
    if (alertLife && events.length > 0) {
      try {
        await alertLife.changed(events, at);
      } catch (error) {
        logger.error(
          { group: this.group.name, events: events.length, error: errorMessage(error) },
          'the life of alerts could not be handed to the history; these events are missing from it',
        );
      }
    }
    if (alerts.length === 0) return;
    try {
      await alertSink.receive(alerts, at);
      metrics.alertsSent.inc(alerts.length);
    } catch (error) {
      logger.error(
        { group: this.group.name, alerts: alerts.length, error: errorMessage(error) },
        'alerts could not be handed to alerting; they are sent again after resend_delay',
      );
    }
  }
}

/** Spreads groups over the interval, the same way after every start. */
export function stableOffset(key: string, intervalMs: number): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % intervalMs;
}
