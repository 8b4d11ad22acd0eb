import type { UnixMs } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { AlertLifeEvent } from '../model/ports.ts';
import { type RuleOrder, ruleOrder } from './dependencies.ts';
import type { GroupState, RuleState } from './group-state.ts';
import type { Rule, RuleAlert, RuleGroup } from './ports.ts';
import { type EvaluatorDeps, type EvaluatorOptions, RuleRun, type Told } from './rule-run.ts';
import { ExtraSlots, runOrdered } from './run-ordered.ts';
import { SampleRows } from './sample-rows.ts';

export interface GroupOutcome {
  /** To be sent on, of all rules. */
  readonly alerts: readonly RuleAlert[];
  /** What changed in the life of alerts, of all rules. */
  readonly events: readonly AlertLifeEvent[];
  readonly failures: number;
}

/**
 * Evaluates one group at a moment it is told: its rules give what they would give one after the other, each seeing what the ones
 * before it wrote; those that have nothing to do with each other run side by side. The same store, group, state and moment give the
 * same outcome. A rule that fails keeps its state, unless it failed by its limit, and the others go on.
 */
export class RuleEvaluator {
  readonly #deps: EvaluatorDeps;
  readonly #run: RuleRun;
  readonly #slots: ExtraSlots;
  readonly #orders = new WeakMap<RuleGroup, RuleOrder>();

  constructor(deps: EvaluatorDeps, options: EvaluatorOptions, slots = new ExtraSlots()) {
    this.#deps = deps;
    this.#slots = slots;
    this.#run = new RuleRun(deps, options);
  }

  async evaluate(group: RuleGroup, state: GroupState, at: UnixMs, signal: AbortSignal): Promise<GroupOutcome> {
    const started = this.#deps.clock.monotonicMs();
    state.firstEvaluationMs ??= at;
    const told = group.rules.map((): Told => ({ alerts: [], events: [] }));
    let failures = 0;
    await runOrdered(this.#orderOf(group), this.#slots, async (index) => {
      const rule = group.rules[index];
      const ruleState = state.rules[index];
      const ruleTold = told[index];
      if (!rule || !ruleState || !ruleTold) throw new Error(`group ${group.name}: state does not fit its rules`);
      signal.throwIfAborted();
      const ruleStarted = this.#deps.clock.monotonicMs();
      try {
        await this.#run.run({ rule, group, groupState: state, state: ruleState, at, told: ruleTold, signal });
        ruleState.health = 'ok';
        ruleState.lastError = '';
      } catch (error) {
        signal.throwIfAborted();
        failures++;
        this.#reportFailure(group, rule, ruleState, errorMessage(error));
      }
      ruleState.lastEvaluationMs = at;
      ruleState.evaluationMs = this.#deps.clock.monotonicMs() - ruleStarted;
    });
    await this.#endOrphans(group, state, this.#run.sampleTime(group, at), signal);
    state.lastEvaluationMs = at;
    state.evaluationMs = this.#deps.clock.monotonicMs() - started;
    state.evaluations++;
    return {
      alerts: told.flatMap(({ alerts }) => alerts),
      events: told.flatMap(({ events }) => events),
      failures,
    };
  }

  #orderOf(group: RuleGroup): RuleOrder {
    let order = this.#orders.get(group);
    if (!order) this.#orders.set(group, (order = ruleOrder(group.rules)));
    return order;
  }

  /** Said once per change of the reason, not at every evaluation. */
  #reportFailure(group: RuleGroup, rule: Rule, state: RuleState, message: string): void {
    if (state.lastError !== message) {
      const fields = { file: group.file, group: group.name, rule: rule.name, error: message };
      this.#deps.logger.warn(fields, 'rule failed');
    }
    state.health = 'err';
    state.lastError = message;
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
