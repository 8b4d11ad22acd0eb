import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, type UnixMs, unixMs } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Labels, METRIC_NAME } from '../model/labels.ts';
import type { AlertLifeEvent, AppendResult, InstantSample, QueryEngine, SampleSink } from '../model/ports.ts';
import { tableLink } from '../template/index.ts';
import {
  type AlertTransition,
  RESTORED_HOLD_MS,
  type SeenAlert,
  advanceAlerts,
  alertSeries,
  clearAlerts,
  takeDueAlerts,
} from './alert-states.ts';
import { type AnnotationInput, AnnotationWriter, templateValue } from './annotation.ts';
import { type ForStateOptions, readForState } from './for-state.ts';
import type { GroupState, RuleState } from './group-state.ts';
import type { AlertingRule, RecordingRule, Rule, RuleAlert, RuleGroup } from './ports.ts';
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
  /** How the series ALERTS_FOR_STATE of a Prometheus before are taken over; absent: they are not read. */
  readonly takeover?: Omit<ForStateOptions, 'externalLabels'>;
}

/** What an evaluation collects for others. */
export interface Told {
  readonly alerts: RuleAlert[];
  readonly events: AlertLifeEvent[];
}

export interface RuleRunInput<R extends Rule = Rule> {
  readonly rule: R;
  readonly group: RuleGroup;
  readonly groupState: GroupState;
  readonly state: RuleState;
  readonly at: UnixMs;
  readonly told: Told;
  readonly signal: AbortSignal;
}

/** Most series or alerts of one rule without a `limit`; a rule that floods fails instead of filling the store. */
const RULE_SERIES_MAX = 100_000;
/** Templates of thousands of alerts take seconds; the event loop gets a turn this often. */
const TURN_MS = 20;
/** Templates of one rule, all its alerts together; the alerts after that go out with an error as text, as if their template had failed. */
const RULE_TEMPLATES_MS_MAX = 10_000;

/** Evaluates one rule of a group and writes what it gives. */
export class RuleRun {
  readonly #deps: EvaluatorDeps;
  readonly #options: EvaluatorOptions;
  readonly #annotations: AnnotationWriter;

  constructor(deps: EvaluatorDeps, options: EvaluatorOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#annotations = new AnnotationWriter(deps.engine, options, deps.clock);
  }

  /** Throws whatever made the rule fail; its state is then as before, but for a rule over its limit, which loses its alerts. */
  async run(input: RuleRunInput): Promise<void> {
    const { rule } = input;
    if (rule.type === 'recording') await this.#record({ ...input, rule });
    else await this.#alert({ ...input, rule });
  }

  /** What a rule asks for, and the time of what it writes. */
  sampleTime(group: RuleGroup, at: UnixMs): UnixMs {
    return unixMs(at - (group.queryOffsetMs ?? this.#options.queryOffsetMs));
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

  async #record({ rule, group, state, at, signal }: RuleRunInput<RecordingRule>): Promise<void> {
    const sampleTime = this.sampleTime(group, at);
    const samples = await this.#query(rule.query, sampleTime, signal);
    if (samples.length > limitOf(group)) throw overLimit(group, samples.length, 'series');
    const extra = Object.entries(rule.labels);
    const series = new Map<string, Labels>();
    const rows = new SampleRows(sampleTime);
    for (const sample of samples) {
      const map = sample.labels.toMap();
      map.set(METRIC_NAME, rule.name);
      for (const [name, value] of extra) map.set(name, value);
      const labels = Labels.fromMap(map);
      if (series.has(labels.key)) throw repeated('results', labels);
      series.set(labels.key, labels);
      rows.add(labels, sample.histogram ?? sample.value);
    }
    await this.#write(state, series, rows, signal);
  }

  async #alert(input: RuleRunInput<AlertingRule>): Promise<void> {
    const { rule, group, groupState, state, at, told, signal } = input;
    const sampleTime = this.sampleTime(group, at);
    await this.#takeOver(input);
    const samples = await this.#query(rule.query, sampleTime, signal);
    // Before any template runs: each result is an alert.
    if (samples.length > limitOf(group)) this.#clear(input, samples.length);
    const seen = await this.#seen(input, samples);
    const activeBefore = new Set([...state.alerts.values()].filter((alert) => alert.state !== 'inactive'));
    const transitions = advanceAlerts(rule, state, groupState, seen, at);
    let active = 0;
    for (const alert of state.alerts.values()) if (alert.state !== 'inactive') active++;
    if (active > limitOf(group)) {
      const ended = transitions.filter(({ to, alert }) => to === 'resolved' && activeBefore.has(alert));
      this.#tell(input, ended);
      for (const alert of state.alerts.values()) if (!activeBefore.has(alert)) state.alerts.delete(alert.labels.key);
      this.#clear(input, active);
    }
    this.#tell(input, transitions);
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

  /** As Prometheus: a rule over its limit has no alerts at all, and those it had end without being told as ended. */
  #clear(input: RuleRunInput<AlertingRule>, count: number): never {
    this.#tell(input, clearAlerts(input.state, input.at));
    throw overLimit(input.group, count, 'alerts');
  }

  #tell({ group, rule, told }: RuleRunInput<AlertingRule>, transitions: readonly AlertTransition[]): void {
    for (const { to, alert } of transitions) {
      const { labels, annotations, value, activeAtMs, firedAtMs } = alert;
      const from = { file: group.file, group: group.name, name: rule.name };
      told.events.push({ state: to, labels, annotations, value, activeAtMs, firedAtMs, rule: from });
    }
  }

  /** Reads, before the rule writes it itself, what a Prometheus before wrote about its alerts; and forgets it when it has had its time. */
  async #takeOver({ rule, group, groupState, state, at, signal }: RuleRunInput<AlertingRule>): Promise<void> {
    if (state.activeSince === undefined) return;
    const { takeover, externalLabels } = this.#options;
    if (!takeover) {
      state.activeSince = undefined;
    } else if (state.activeSince === 'unread') {
      state.activeSince = await readForState(rule, this.#deps.engine, { ...takeover, externalLabels }, at, signal);
      if (state.activeSince.size > 0) {
        const fields = { file: group.file, group: group.name, rule: rule.name, alerts: state.activeSince.size };
        this.#deps.logger.info(fields, 'the series ALERTS_FOR_STATE of before say since when these alerts are active');
      }
    } else if (at - (groupState.firstEvaluationMs ?? at) > RESTORED_HOLD_MS && groupState.evaluations >= 2) {
      state.activeSince = undefined;
    }
  }

  async #seen(
    { rule, group, at, signal }: RuleRunInput<AlertingRule>,
    samples: readonly InstantSample[],
  ): Promise<ReadonlyMap<string, SeenAlert>> {
    const seen = new Map<string, SeenAlert>();
    const onError = (name: string, error: unknown): void => {
      const where = { file: group.file, group: group.name, rule: rule.name };
      this.#deps.logger.debug({ ...where, template: name, error: errorMessage(error) }, 'template of an alert failed');
    };
    const { clock } = this.#deps;
    const queries: AnnotationInput['queries'] = new Map();
    let turnStartMs = clock.monotonicMs();
    const time = { leftMs: RULE_TEMPLATES_MS_MAX };
    for (const sample of samples) {
      if (clock.monotonicMs() - turnStartMs >= TURN_MS) {
        await nextTurn(undefined, { signal });
        turnStartMs = clock.monotonicMs();
      }
      const input = { labels: sample.labels, value: templateValue(sample), at, signal, queries, time };
      const map = sample.labels.toMap();
      map.delete(METRIC_NAME);
      for (const [name, value] of Object.entries(await this.#annotations.expand(rule.labels, input, onError)))
        map.set(name, value);
      map.set('alertname', rule.name);
      const labels = Labels.fromMap(map);
      if (seen.has(labels.key)) throw repeated('alerts', labels);
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
}

function limitOf(group: RuleGroup): number {
  return group.limit > 0 ? group.limit : RULE_SERIES_MAX;
}

function overLimit(group: RuleGroup, count: number, what: string): VedetteError {
  return new VedetteError(
    'RULE_INVALID',
    `exceeded limit of ${limitOf(group)} with ${count} ${what}; aggregate more, or raise the group's limit`,
  );
}

function repeated(what: string, labels: Labels): VedetteError {
  return new VedetteError(
    'RULE_INVALID',
    `two ${what} have the same labels ${labels.toString()} once the rule's labels are set; aggregate away what differs`,
  );
}
