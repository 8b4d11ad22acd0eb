import { setMaxListeners } from 'node:events';
import { errorMessage } from '../base/errors.ts';
import { AlertMemory, HEARTBEAT_INTERVAL_MS } from './alert-memory.ts';
import { rulesApi } from './api.ts';
import type { RulesSettings } from './config.ts';
import { RuleEvaluator } from './evaluator.ts';
import { GroupRunner } from './group-runner.ts';
import { type RuleState, carryState, newGroupState } from './group-state.ts';
import { type LoadedRules, loadRules } from './load-rules.ts';
import type { RuleGroup } from './ports.ts';
import { removedAlertEvents } from './removed-alerts.ts';
import type { PreparedRules, RulesDeps, RulesRoom } from './room.ts';
import { groupKey } from './rule-file.ts';
import { type RuleMetrics, createRuleMetrics } from './rule-metrics.ts';
import { SampleRows } from './sample-rows.ts';
import { stalledGroups } from './stalled-groups.ts';

/** Opens the rules room; it evaluates from `start` on, whatever was applied last. */
export function openRules(deps: RulesDeps): RulesRoom {
  return new Rules(deps);
}

class Rules implements RulesRoom {
  readonly name = 'rules';
  readonly plugin = rulesApi(() => [...this.#runners.values()]);
  readonly #deps: RulesDeps;
  readonly #metrics: RuleMetrics;
  /** In the order of files and groups. */
  #runners = new Map<string, GroupRunner>();
  #applied: { readonly settings: RulesSettings; readonly loaded: LoadedRules } | undefined;
  #memory: AlertMemory | undefined;
  #swappedMs = 0;
  #heartbeat: Disposable | undefined;
  #changing: Promise<void> = Promise.resolve();

  constructor(deps: RulesDeps) {
    this.#deps = deps;
    this.#metrics = createRuleMetrics(deps.registry);
  }

  async prepare(settings: RulesSettings): Promise<PreparedRules> {
    const loaded = await loadRules(settings, this.#deps.sources ?? [], this.#deps.expressions);
    return {
      groupCount: loaded.groups.length,
      ruleCount: loaded.groups.reduce((count, group) => count + group.rules.length, 0),
      commit: () => this.#commit(settings, loaded),
    };
  }

  groups(): readonly RuleGroup[] {
    return [...this.#runners.values()].map(({ group }) => group);
  }

  async apply(settings: RulesSettings): Promise<void> {
    await (await this.prepare(settings)).commit();
  }

  stalled(): string | undefined {
    if (!this.#applied || !this.#memory) return 'rules are not started';
    return stalledGroups([...this.#runners.values()], {
      intervalMs: this.#applied.settings.evaluationIntervalMs,
      sinceMs: this.#swappedMs,
      nowMs: this.#deps.clock.now(),
    });
  }

  async start(): Promise<void> {
    this.#memory = await AlertMemory.open(this.#deps);
    if (this.#applied) await this.#swap(this.#memory, this.#applied.settings, this.#applied.loaded);
    this.#heartbeat = this.#deps.clock.every(
      { intervalMs: HEARTBEAT_INTERVAL_MS },
      async () => this.#memory?.beat(),
      (error) => this.#deps.logger.warn({ error: errorMessage(error) }, 'the heartbeat of rules could not be stored'),
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#heartbeat?.[Symbol.dispose]();
    await this.#changing;
    // Each group listens until it has ended: many groups are no leak.
    setMaxListeners(0, signal);
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(signal)));
    await this.#memory?.beat();
  }

  async #commit(settings: RulesSettings, loaded: LoadedRules): Promise<void> {
    for (const warning of loaded.warnings) this.#deps.logger.warn({}, warning);
    this.#applied = { settings, loaded };
    const memory = this.#memory;
    if (!memory) return;
    // Two reloads at once would stop each other's runners.
    const change = this.#changing.then(() => this.#swap(memory, settings, loaded));
    // A change that failed must not fail the ones after it.
    this.#changing = change.catch(() => undefined);
    await change;
  }

  async #swap(memory: AlertMemory, settings: RulesSettings, loaded: LoadedRules): Promise<void> {
    const { clock, logger, engine, sampleSink, alertSink, alertLife } = this.#deps;
    const restore = {
      outageToleranceMs: settings.config.for_outage_tolerance,
      gracePeriodMs: settings.config.for_grace_period,
    };
    const evaluator = new RuleEvaluator(
      { clock, logger, engine, sampleSink },
      {
        intervalMs: settings.evaluationIntervalMs,
        queryOffsetMs: settings.queryOffsetMs,
        resendDelayMs: settings.config.resend_delay,
        externalLabels: settings.externalLabels,
        externalUrl: settings.externalUrl,
        takeover: restore,
      },
    );
    const before = this.#runners;
    const after = new Map<string, GroupRunner>();
    const runnerDeps = { clock, logger, metrics: this.#metrics, memory, alertSink, alertLife };
    const toStart: GroupRunner[] = [];
    for (const group of loaded.groups) {
      const key = groupKey(group);
      const known = before.get(key);
      if (known && JSON.stringify(known.group) === JSON.stringify(group)) {
        known.evaluator = evaluator;
        after.set(key, known);
        continue;
      }
      if (known) await known.stop(STOP_NEVER_GIVES_UP);
      const state = known ? carryState(known.group, known.state, group) : newGroupState(group);
      if (known) await this.#tellRemoved(known, new Set(state.rules));
      else {
        memory.restore(group, state, restore);
        // Alerts that are not remembered may be known to the series of a Prometheus that ran these rules before.
        for (const rule of state.rules) rule.activeSince = 'unread';
      }
      const runner = new GroupRunner(group, state, evaluator, runnerDeps);
      after.set(key, runner);
      toStart.push(runner);
    }
    for (const [key, runner] of before) if (!after.has(key)) await this.#remove(runner);
    this.#runners = after;
    this.#swappedMs = clock.now();
    for (const runner of toStart) runner.start(runner.group.intervalMs ?? settings.evaluationIntervalMs);
    try {
      await memory.keepOnly(loaded.groups);
    } catch (error) {
      logger.warn(
        { error: errorMessage(error) },
        'alerts of removed groups could not be forgotten; tried again at the next reload',
      );
    }
  }

  async #tellRemoved({ group, state }: GroupRunner, kept: ReadonlySet<RuleState>): Promise<void> {
    const events = removedAlertEvents(group, state.rules, kept);
    if (events.length === 0) return;
    try {
      await this.#deps.alertLife?.changed(events, this.#deps.clock.now());
    } catch (error) {
      this.#deps.logger.error(
        { group: group.name, events: events.length, error: errorMessage(error) },
        'the end of alerts of removed rules could not be handed to the history',
      );
    }
  }

  /** A removed group's series end now instead of fading out over the look-back. */
  async #remove(runner: GroupRunner): Promise<void> {
    await runner.stop(STOP_NEVER_GIVES_UP);
    runner.forgetMetrics();
    await this.#tellRemoved(runner, new Set());
    const series = [...runner.state.rules.flatMap((rule) => [...rule.series.values()]), ...runner.state.orphans];
    if (series.length === 0) return;
    const rows = new SampleRows(this.#deps.clock.now());
    for (const labels of series) rows.add(labels, 'stale');
    try {
      await this.#deps.sampleSink.append(rows.batch(), { acknowledge: 'queued' });
    } catch (error) {
      this.#deps.logger.warn(
        { group: runner.group.name, error: errorMessage(error) },
        'series of a removed group could not be ended',
      );
    }
  }
}

/** During a reload the process lives on: an evaluation that runs is waited for; the query timeout bounds it. */
const STOP_NEVER_GIVES_UP = new AbortController().signal;
