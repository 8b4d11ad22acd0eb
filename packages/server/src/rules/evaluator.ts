import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, type UnixMs, unixMs } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Labels, METRIC_NAME } from '../model/labels.ts';
import type { AlertLifeEvent, AppendResult, InstantSample, QueryEngine, SampleSink } from '../model/ports.ts';
import { tableLink } from '../template/index.ts';
import { type SeenAlert, advanceAlerts, alertSeries, takeDueAlerts } from './alert-states.ts';
import { type AnnotationInput, AnnotationWriter } from './annotation.ts';
import type { GroupState, RuleState } from './group-state.ts';
import type { AlertingRule, RecordingRule, RuleAlert, RuleGroup } from './ports.ts';
import { SampleRows } from './sample-rows.ts';

export interface EvaluatorDeps {
  /** For measuring durations; the time of evaluation is a parameter. */
  readonly clock: Clock;
  readonly engine: QueryEngine;
  readonly sampleSink: SampleSink;
  readonly logger: Logger;
}

export interface EvaluatorOptions {
  /** For groups that set none. */
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly resendDelayMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

export interface GroupOutcome {
  /** To be sent on, of all rules. */
  readonly alerts: readonly RuleAlert[];
  /** What changed in the life of alerts, of all rules. */
  readonly events: readonly AlertLifeEvent[];
  readonly failures: number;
}

/** What an evaluation collects for others. */
interface Told {
  readonly alerts: RuleAlert[];
  readonly events: AlertLifeEvent[];
}

/** Most series or alerts of one rule without a `limit`; a rule that floods fails instead of filling the store. */
const RULE_SERIES_MAX = 100_000;

/** Templates of thousands of alerts take seconds; the event loop gets a turn this often. */
const TURN_MS = 20;

/**
 * Evaluates one group at a moment it is told: rules in order, each seeing what the ones before it wrote. The same store,
 * group, state and moment give the same outcome. A rule that fails keeps its state, and the others go on.
 */
export class RuleEvaluator {
  readonly #deps: EvaluatorDeps;
  readonly #options: EvaluatorOptions;
  readonly #annotations: AnnotationWriter;

  constructor(deps: EvaluatorDeps, options: EvaluatorOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#annotations = new AnnotationWriter(deps.engine, options);
  }

  async evaluate(group: RuleGroup, state: GroupState, at: UnixMs, signal: AbortSignal): Promise<GroupOutcome> {
    const started = this.#deps.clock.monotonicMs();
    state.firstEvaluationMs ??= at;
    const sampleTime = unixMs(at - (group.queryOffsetMs ?? this.#options.queryOffsetMs));
    const told: Told = { alerts: [], events: [] };
    let failures = 0;
    for (const [i, rule] of group.rules.entries()) {
      const ruleState = state.rules[i];
      if (!ruleState) throw new Error(`group ${group.name}: state does not fit its rules`);
      signal.throwIfAborted();
      const ruleStarted = this.#deps.clock.monotonicMs();
      try {
        if (rule.type === 'recording') await this.#record(rule, group, ruleState, sampleTime, signal);
        else await this.#alert(rule, group, state, ruleState, at, sampleTime, told, signal);
        ruleState.health = 'ok';
        ruleState.lastError = '';
      } catch (error) {
        signal.throwIfAborted();
        failures++;
        // Said once per change of the reason, not at every evaluation.
        const message = errorMessage(error);
        if (ruleState.lastError !== message) {
          this.#deps.logger.warn(
            { file: group.file, group: group.name, rule: rule.name, error: message },
            'rule failed',
          );
        }
        ruleState.health = 'err';
        ruleState.lastError = message;
      }
      ruleState.lastEvaluationMs = at;
      ruleState.evaluationMs = this.#deps.clock.monotonicMs() - ruleStarted;
    }
    await this.#endOrphans(group, state, sampleTime, signal);
    state.lastEvaluationMs = at;
    state.evaluationMs = this.#deps.clock.monotonicMs() - started;
    return { ...told, failures };
  }

  async #query(query: string, at: UnixMs, signal: AbortSignal): Promise<readonly InstantSample[]> {
    const result = await this.#deps.engine.instant(query, at, { signal });
    if (result.type === 'vector') return result.samples;
    if (result.type === 'scalar') return [{ labels: Labels.EMPTY, timestampMs: at, value: result.value }];
    throw new VedetteError(
      'RULE_INVALID',
      `the expression gives a ${result.type}; a rule needs an instant vector or a scalar`,
    );
  }

  #checkLimit(group: RuleGroup, count: number, what: string): void {
    const limit = group.limit > 0 ? group.limit : RULE_SERIES_MAX;
    if (count > limit)
      throw new VedetteError(
        'RULE_INVALID',
        `${count} ${what} are over the limit of ${limit}; aggregate more, or raise the group's limit`,
      );
  }

  async #record(
    rule: RecordingRule,
    group: RuleGroup,
    state: RuleState,
    sampleTime: UnixMs,
    signal: AbortSignal,
  ): Promise<void> {
    const samples = await this.#query(rule.query, sampleTime, signal);
    this.#checkLimit(group, samples.length, 'series');
    const extra = Object.entries(rule.labels);
    const series = new Map<string, Labels>();
    const rows = new SampleRows(sampleTime);
    for (const sample of samples) {
      const map = sample.labels.toMap();
      map.set(METRIC_NAME, rule.name);
      for (const [name, value] of extra) map.set(name, value);
      const labels = Labels.fromMap(map);
      if (series.has(labels.key)) {
        throw new VedetteError(
          'RULE_INVALID',
          `two results have the same labels ${labels.toString()} once the rule's labels are set; aggregate away what differs`,
        );
      }
      series.set(labels.key, labels);
      rows.add(labels, sample.value);
    }
    await this.#write(state, series, rows, signal);
  }

  async #alert(
    rule: AlertingRule,
    group: RuleGroup,
    groupState: GroupState,
    state: RuleState,
    at: UnixMs,
    sampleTime: UnixMs,
    told: Told,
    signal: AbortSignal,
  ): Promise<void> {
    const samples = await this.#query(rule.query, sampleTime, signal);
    this.#checkLimit(group, samples.length, 'alerts');
    const seen = await this.#seen(rule, group, samples, at, signal);
    for (const { to, alert } of advanceAlerts(rule, state, groupState, seen, at)) {
      const { labels, annotations, value, activeAtMs, firedAtMs } = alert;
      const from = { file: group.file, group: group.name, name: rule.name };
      told.events.push({ state: to, labels, annotations, value, activeAtMs, firedAtMs, rule: from });
    }
    const series = new Map<string, Labels>();
    const rows = new SampleRows(sampleTime);
    for (const alert of state.alerts.values()) {
      for (const { labels, value } of alertSeries(alert)) {
        series.set(labels.key, labels);
        rows.add(labels, value);
      }
    }
    // Alerts are due even when their series cannot be stored: a full store must not silence the pager.
    const timing = {
      intervalMs: group.intervalMs ?? this.#options.intervalMs,
      resendDelayMs: this.#options.resendDelayMs,
    };
    const due = takeDueAlerts(state, timing, this.#options.externalUrl + tableLink(rule.query), at);
    for (const alert of due) told.alerts.push(alert);
    await this.#write(state, series, rows, signal);
  }

  async #seen(
    rule: AlertingRule,
    group: RuleGroup,
    samples: readonly InstantSample[],
    at: UnixMs,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, SeenAlert>> {
    const seen = new Map<string, SeenAlert>();
    const onError = (name: string, error: unknown): void => {
      const fields = {
        file: group.file,
        group: group.name,
        rule: rule.name,
        template: name,
        error: errorMessage(error),
      };
      this.#deps.logger.debug(fields, 'template of an alert failed');
    };
    const { clock } = this.#deps;
    const queries: AnnotationInput['queries'] = new Map();
    let turnStartMs = clock.monotonicMs();
    for (const sample of samples) {
      if (clock.monotonicMs() - turnStartMs >= TURN_MS) {
        await nextTurn(undefined, { signal });
        turnStartMs = clock.monotonicMs();
      }
      const input = { labels: sample.labels, value: sample.value, at, signal, queries };
      const map = sample.labels.toMap();
      map.delete(METRIC_NAME);
      for (const [name, value] of Object.entries(await this.#annotations.expand(rule.labels, input, onError)))
        map.set(name, value);
      map.set('alertname', rule.name);
      const labels = Labels.fromMap(map);
      if (seen.has(labels.key)) {
        throw new VedetteError(
          'RULE_INVALID',
          `two alerts have the same labels ${labels.toString()} once the rule's labels are set; aggregate away what differs`,
        );
      }
      const annotations = await this.#annotations.expand(rule.annotations, input, onError);
      seen.set(labels.key, { labels, value: sample.value, annotations });
    }
    return seen;
  }

  /** Writes the rows, and a stale marker for every series that was there before and is not any more. */
  async #write(state: RuleState, series: Map<string, Labels>, rows: SampleRows, signal: AbortSignal): Promise<void> {
    for (const [key, labels] of state.series) if (!series.has(key)) rows.add(labels, 'stale');
    if (rows.length > 0) {
      const result = await this.#deps.sampleSink.append(rows.batch(), { acknowledge: 'queued', signal });
      this.#reportRejected(state, result);
    }
    state.series = series;
  }

  /** Said when the reasons change, not at every evaluation. */
  #reportRejected(state: RuleState, result: AppendResult): void {
    const reasons = [...new Set(result.rejected.map(({ reason }) => reason))].sort().join(', ');
    if (result.rejectedCount > 0 && state.lastRejection !== reasons) {
      this.#deps.logger.warn({ rejected: result.rejectedCount, reasons }, 'the store refused samples of a rule');
    }
    state.lastRejection = reasons;
  }

  async #endOrphans(group: RuleGroup, state: GroupState, sampleTime: UnixMs, signal: AbortSignal): Promise<void> {
    if (state.orphans.length === 0) return;
    const living = new Set(state.rules.flatMap((rule) => [...rule.series.keys()]));
    const rows = new SampleRows(sampleTime);
    for (const labels of state.orphans) if (!living.has(labels.key)) rows.add(labels, 'stale');
    try {
      if (rows.length > 0) await this.#deps.sampleSink.append(rows.batch(), { acknowledge: 'queued', signal });
      state.orphans = [];
    } catch (error) {
      signal.throwIfAborted();
      const fields = { file: group.file, group: group.name, error: errorMessage(error) };
      this.#deps.logger.warn(fields, 'series of removed rules could not be ended; tried again at the next evaluation');
    }
  }
}
