import type { RuleBacktest, RuleDiagnosis, RuleReport, RuleVerdict } from '@vedette/wire/http';
import { unixMs } from '../../base/clock.ts';
import { deadline } from '../../base/deadline.ts';
import { errorMessage, isVedetteError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { type Expr, parseExpr } from '../../metrics/query/index.ts';
import type { TimeWindow } from '../../model/time-window.ts';
import type { AlertingRule, Rule, RuleGroup } from '../ports.ts';
import { type AlertOutcome, alertOutcome } from './alert-outcome.ts';
import { type Replay, replay } from './backtest.ts';
import { type Comparison, holds } from './comparison.ts';
import { type Diagnosis, applyEdits } from './diagnosis.ts';
import { DIAGNOSES } from './diagnoses/index.ts';
import { type Examination, examine } from './examination.ts';
import { REPAIR_ROUNDS_MAX } from './limits.ts';
import { readPast } from './past.ts';
import type { DoctorDeps, DoctorOptions, WhatIf } from './ports.ts';
import { Records } from './records.ts';
import { type RuleChange } from './rule-text.ts';
import { StoreFacts } from './store-facts.ts';

/** A report before its rule's file is looked at. */
export interface Examined {
  readonly report: Omit<RuleReport, 'repair'> & {
    readonly repair: Omit<NonNullable<RuleReport['repair']>, 'diff'> | null;
  };
  /** What the repair changes in the file. */
  readonly change: RuleChange | undefined;
}

interface Found {
  readonly examination: Examination;
  readonly diagnoses: readonly Diagnosis[];
  readonly backtest: { readonly result: Replay; readonly window: TimeWindow } | undefined;
}

/** Holds rules against the stored past. One examination of a group shares what it learns about the store. */
export class RuleDoctor {
  readonly #deps: DoctorDeps;
  readonly #options: DoctorOptions;
  readonly #records: Records;

  /** `groups` are those whose recording rules the rules may read. */
  constructor(deps: DoctorDeps, options: DoctorOptions, groups: readonly RuleGroup[]) {
    this.#deps = deps;
    this.#options = options;
    this.#records = new Records(groups, options.intervalMs);
  }

  /** What rules may share: facts about the store as it is at `atMs`. */
  facts(atMs: number, signal: AbortSignal): StoreFacts {
    const stepMs = this.#options.intervalMs;
    const window = { startMs: unixMs(atMs - this.#options.windowMs), endMs: unixMs(atMs), stepMs };
    return new StoreFacts(this.#deps.store, window, signal);
  }

  /** Never throws for what is wrong with the rule or the store; only when `signal` aborts. */
  async report(
    group: RuleGroup,
    index: number,
    facts: StoreFacts,
    whatIf: WhatIf,
    parent: AbortSignal,
  ): Promise<Examined> {
    const rule = group.rules[index];
    if (!rule) throw new Error(`group ${group.name} has no rule ${index}`);
    const startedMs = this.#deps.clock.monotonicMs();
    const limit = deadline(this.#deps.clock, this.#options.timeoutMs, parent);
    const base = { file: group.file, group: group.name, name: rule.name, type: rule.type, index, query: rule.query };
    const durationSeconds = (): number => (this.#deps.clock.monotonicMs() - startedMs) / 1000;
    try {
      const found = await this.#find(rule, group, facts, limit.signal);
      const mended = await this.#mend(found, group, facts, limit.signal);
      const asked = await this.#whatIf(found, group, whatIf, limit.signal);
      const { diagnoses, examination } = found;
      const verdict = verdictOf(found);
      const faults = examination.failure && !examination.failure.isEvaluation ? [examination.failure.message] : [];
      return {
        report: {
          ...base,
          verdict,
          summary: summaryOf(verdict, diagnoses, faults),
          diagnoses: diagnoses.map(diagnosisJson),
          faults: [...faults, ...asked.faults],
          backtest: found.backtest ? backtestJson(found, rule as AlertingRule) : null,
          whatIf: asked.result,
          repair: mended?.repair ?? null,
          durationSeconds: durationSeconds(),
        },
        change: mended?.change,
      };
    } catch (error) {
      parent.throwIfAborted();
      if (!limit.signal.aborted && !isVedetteError(error)) throw error;
      const fault = limit.signal.aborted
        ? `the examination took more than ${this.#options.timeoutMs / 1000} s; look at a shorter past`
        : errorMessage(error);
      return {
        report: {
          ...base,
          verdict: 'unknown',
          summary: summaryOf('unknown', [], [fault]),
          diagnoses: [],
          faults: [fault],
          backtest: null,
          whatIf: null,
          repair: null,
          durationSeconds: durationSeconds(),
        },
        change: undefined,
      };
    } finally {
      limit[Symbol.dispose]();
    }
  }

  /** The alerts that a rule can make. */
  outcome(rule: AlertingRule, facts: StoreFacts, signal: AbortSignal): Promise<AlertOutcome> {
    return alertOutcome(rule, this.#deps, facts, this.#records, signal);
  }

  #interval(group: RuleGroup): number {
    return group.intervalMs ?? this.#options.intervalMs;
  }

  async #find(rule: Rule, group: RuleGroup, facts: StoreFacts, signal: AbortSignal): Promise<Found> {
    const examination = await examine(rule, group, this.#interval(group), this.#deps, facts, this.#records, signal);
    const diagnoses: Diagnosis[] = [];
    for (const diagnose of DIAGNOSES) {
      signal.throwIfAborted();
      diagnoses.push(...(await diagnose(examination)));
    }
    const backtest = rule.type === 'alerting' ? replayed(examination, rule, signal) : undefined;
    if (backtest?.result.duplicate) diagnoses.push(duplicateAlerts(backtest.result.duplicate.toString()));
    return { examination, diagnoses, backtest };
  }

  async #mend(
    found: Found,
    group: RuleGroup,
    facts: StoreFacts,
    signal: AbortSignal,
  ): Promise<{ readonly repair: NonNullable<Examined['report']['repair']>; readonly change: RuleChange } | undefined> {
    const { rule } = found.examination;
    let current = found;
    let repaired: Rule = rule;
    const changes: string[] = [];
    const mendedKinds = new Set<string>();
    for (let round = 0; round < REPAIR_ROUNDS_MAX; round++) {
      // What a mend did not put an end to is not mended a second time.
      const open = current.diagnoses.filter(
        ({ severity, kind, mend }) => severity !== 'note' && mend !== undefined && !mendedKinds.has(kind),
      );
      for (const { kind } of open) mendedKinds.add(kind);
      const next = mendedRule(
        repaired,
        open.flatMap(({ mend }) => mend ?? []),
      );
      if (!next) break;
      const after = await this.#find(next.rule, group, facts, signal);
      if (rank(verdictOf(after)) > rank(verdictOf(current))) break;
      changes.push(...next.changes);
      repaired = next.rule;
      current = after;
      if (verdictOf(current) === 'sound') break;
    }
    if (changes.length === 0) return undefined;
    const forMs =
      repaired.type === 'alerting' && rule.type === 'alerting' && repaired.forMs !== rule.forMs
        ? repaired.forMs
        : undefined;
    const verdict = verdictOf(current);
    return {
      repair: {
        query: repaired.query,
        for: forMs === undefined ? null : formatDuration(forMs),
        changes: [...new Set(changes)],
        verdict,
        summary: summaryOf(verdict, current.diagnoses, []),
      },
      change: {
        ...(repaired.query === rule.query ? {} : { query: repaired.query }),
        ...(forMs === undefined ? {} : { forMs }),
      },
    };
  }

  async #whatIf(
    { examination, backtest }: Found,
    group: RuleGroup,
    whatIf: WhatIf,
    signal: AbortSignal,
  ): Promise<{ readonly result: RuleBacktest | null; readonly faults: readonly string[] }> {
    const { rule, past, comparisons, pastIsSubject } = examination;
    if (whatIf.threshold === undefined && whatIf.forMs === undefined) return { result: null, faults: [] };
    if (rule.type === 'recording' || !past || !backtest) return { result: null, faults: [] };
    const asked: AlertingRule = { ...rule, forMs: whatIf.forMs ?? rule.forMs };
    const [main] = comparisons;
    if (whatIf.threshold === undefined)
      return { result: backtestOf(examination, asked, past, main, pastIsSubject, signal), faults: [] };
    if (!main)
      return { result: null, faults: ['the rule compares nothing with a number, so there is no other threshold'] };
    const comparison: Comparison = { ...main, threshold: whatIf.threshold };
    if (pastIsSubject) return { result: backtestOf(examination, asked, past, comparison, true, signal), faults: [] };
    const number: Expr = { kind: 'number', span: main.number.span, value: whatIf.threshold };
    const expr = replaceNode(examination.expr, main.number, number);
    try {
      const other = await readPast(this.#deps.store.engine, expr, past.window, this.#interval(group), signal);
      return { result: backtestOf(examination, asked, other, comparison, false, signal), faults: [] };
    } catch (error) {
      signal.throwIfAborted();
      if (!isVedetteError(error)) throw error;
      return { result: null, faults: [`the other threshold: ${error.message}`] };
    }
  }
}

function replaceNode(expr: Expr, from: Expr, to: Expr): Expr {
  if (expr === from) return to;
  switch (expr.kind) {
    case 'binary':
      return { ...expr, left: replaceNode(expr.left, from, to), right: replaceNode(expr.right, from, to) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => replaceNode(arg, from, to)) };
    case 'paren':
    case 'unary':
    case 'subquery':
    case 'step-invariant':
    case 'aggregate':
      return { ...expr, expr: replaceNode(expr.expr, from, to) };
    default:
      return expr;
  }
}

function mendedRule(
  rule: Rule,
  mends: readonly NonNullable<Diagnosis['mend']>[],
): { readonly rule: Rule; readonly changes: readonly string[] } | undefined {
  const query = applyEdits(
    rule.query,
    mends.flatMap(({ edits }) => edits ?? []),
  );
  const forMs = mends.reduce<number | undefined>((longest, mend) => {
    return mend.forMs === undefined ? longest : Math.max(longest ?? 0, mend.forMs);
  }, undefined);
  const isSame = query === rule.query && (forMs === undefined || rule.type === 'recording' || forMs === rule.forMs);
  if (isSame) return undefined;
  const changes = mends.map(({ change }) => change);
  try {
    parseExpr(query);
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    return undefined;
  }
  return {
    rule: { ...rule, query, ...(rule.type === 'alerting' && forMs !== undefined ? { forMs } : {}) } as Rule,
    changes,
  };
}

function replayed(examination: Examination, rule: AlertingRule, signal: AbortSignal): Found['backtest'] {
  const { past, comparisons, pastIsSubject } = examination;
  if (!past) return undefined;
  const [main] = comparisons;
  return { result: replayOf(rule, past, main, pastIsSubject, signal), window: past.window };
}

function replayOf(
  rule: AlertingRule,
  past: NonNullable<Examination['past']>,
  comparison: Comparison | undefined,
  isSubject: boolean,
  signal: AbortSignal,
): Replay {
  const keep =
    isSubject && comparison ? (value: number) => holds(comparison.operator, value, comparison.threshold) : () => true;
  const lowIsWorse = comparison?.operator.startsWith('<') ?? false;
  return replay(rule, past.window, past.series, keep, lowIsWorse, signal);
}

function backtestOf(
  examination: Examination,
  rule: AlertingRule,
  past: NonNullable<Examination['past']>,
  comparison: Comparison | undefined,
  isSubject: boolean,
  signal: AbortSignal,
): RuleBacktest {
  const result = replayOf(rule, past, comparison, isSubject, signal);
  return toJson(examination, rule, past, comparison, result, []);
}

function backtestJson({ examination, backtest }: Found, rule: AlertingRule): RuleBacktest {
  const { past, comparisons, pastIsSubject, signal } = examination;
  if (!past || !backtest) throw new Error('a back-test has a past');
  const [main] = comparisons;
  const others = otherFors(rule.forMs, examination.intervalMs).map((forMs) => ({
    for: formatDuration(forMs),
    fired: replayOf({ ...rule, forMs }, past, main, pastIsSubject, signal).fired,
  }));
  return toJson(examination, rule, past, main, backtest.result, others);
}

/** None, half, double and four times as long. */
function otherFors(forMs: number, intervalMs: number): readonly number[] {
  const base = forMs === 0 ? 4 * intervalMs : forMs;
  const all = [0, base / 2, base, base * 2, base * 4].map((ms) => Math.round(ms / 1000) * 1000);
  return [...new Set(all)].filter((ms) => ms !== forMs);
}

function toJson(
  examination: Examination,
  rule: AlertingRule,
  past: NonNullable<Examination['past']>,
  comparison: Comparison | undefined,
  result: Replay,
  otherFor: RuleBacktest['otherFor'],
): RuleBacktest {
  const [main] = examination.comparisons;
  const seen = main && examination.seen(main);
  return {
    start: timeText(past.window.startMs),
    end: timeText(past.window.endMs),
    step: formatDuration(past.window.stepMs),
    isExact: past.isExact,
    threshold: comparison?.threshold ?? null,
    for: formatDuration(rule.forMs),
    fired: result.fired,
    onlyPending: result.onlyPending,
    firingSeconds: result.firingMs / 1000,
    seen: seen ? { min: seen.min, max: seen.max } : null,
    episodes: result.episodes.map((episode) => ({
      labels: episode.labels.toObject(),
      pendingAt: timeText(episode.pendingAtMs),
      firedAt: episode.firedAtMs === undefined ? null : timeText(episode.firedAtMs),
      endedAt: episode.endedAtMs === undefined ? null : timeText(episode.endedAtMs),
      worstValue: episode.worstValue,
    })),
    episodesLeft: result.episodesLeft,
    otherFor,
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

function duplicateAlerts(labels: string): Diagnosis {
  return {
    kind: 'duplicate-alerts',
    severity: 'error',
    message: 'two results of one moment make the same alert, so the evaluation fails and nothing fires',
    evidence: [`two results become ${labels}`],
    remedy: 'aggregate away what differs, or do not set a label that tells them apart',
  };
}

function verdictOf({ diagnoses, examination }: Found): RuleVerdict {
  if (diagnoses.some(({ severity }) => severity === 'error')) return 'broken';
  if (examination.failure) return 'unknown';
  return diagnoses.some(({ severity }) => severity === 'warning') ? 'doubtful' : 'sound';
}

function rank(verdict: RuleVerdict): number {
  return ['sound', 'doubtful', 'unknown', 'broken'].indexOf(verdict);
}

function summaryOf(verdict: RuleVerdict, diagnoses: readonly Diagnosis[], faults: readonly string[]): string {
  const worst =
    diagnoses.find(({ severity }) => severity === 'error') ?? diagnoses.find(({ severity }) => severity === 'warning');
  switch (verdict) {
    case 'broken':
      return `Broken: ${worst?.message ?? ''}.`;
    case 'doubtful':
      return `Doubtful: ${worst?.message ?? ''}.`;
    case 'unknown':
      return `Not known: ${faults[0] ?? 'the store could not be asked'}.`;
    case 'sound':
      return 'Sound: it can fire, and nothing speaks against it.';
  }
}

function diagnosisJson({ kind, severity, message, evidence, remedy, span }: Diagnosis): RuleDiagnosis {
  return { kind, severity, message, evidence, remedy, span: span ? { start: span.start, end: span.end } : null };
}
