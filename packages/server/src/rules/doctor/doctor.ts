import type { RuleBacktest, RuleDiagnosis, RuleReport } from '@vedette/wire/http';
import { unixMs } from '../../base/clock.ts';
import { deadline } from '../../base/deadline.ts';
import { errorMessage, isVedetteError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import type { Expr } from '../../metrics/query/index.ts';
import type { AlertingRule, Rule, RuleGroup } from '../ports.ts';
import { type AlertOutcome, alertOutcome } from './alert-outcome.ts';
import type { Comparison } from './comparison.ts';
import type { Diagnosis } from './diagnosis.ts';
import { DIAGNOSES } from './diagnoses/index.ts';
import { examine } from './examination.ts';
import { REPAIR_ROUNDS_MAX } from './limits.ts';
import { mendedRule } from './mended-rule.ts';
import { backtestJson, backtestOf, replayed } from './past-report.ts';
import { readPast } from './past.ts';
import type { DoctorDeps, DoctorOptions, WhatIf } from './ports.ts';
import { Records } from './records.ts';
import type { RuleChange } from './rule-text.ts';
import { StoreFacts } from './store-facts.ts';
import { type Found, rank, summaryOf, verdictOf } from './verdict.ts';

/** A report before its rule's file is looked at. */
export interface Examined {
  readonly report: Omit<RuleReport, 'repair'> & {
    readonly repair: Omit<NonNullable<RuleReport['repair']>, 'diff'> | null;
  };
  /** What the repair changes in the file. */
  readonly change: RuleChange | undefined;
}

interface Mended {
  readonly repair: NonNullable<Examined['report']['repair']>;
  readonly change: RuleChange;
}

interface Extras {
  readonly backtest: RuleBacktest | null;
  readonly whatIf: RuleBacktest | null;
  readonly mended: Mended | undefined;
  readonly faults: readonly string[];
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
    const inTime = <T>(work: Promise<T>): Promise<T> => untilAborted(work, limit.signal);
    try {
      const found = await inTime(this.#find(rule, group, facts, limit.signal));
      const verdict = verdictOf(found);
      const { diagnoses, examination } = found;
      const faults = examination.failure && !examination.failure.isEvaluation ? [examination.failure.message] : [];
      const summary = summaryOf(verdict, diagnoses, faults);
      const extras = await inTime(this.#extras(found, group, facts, whatIf, limit.signal)).catch((error: unknown) => {
        parent.throwIfAborted();
        // What was found stands, even if there is no time left for the rest.
        if (!limit.signal.aborted) throw error;
        return { backtest: null, whatIf: null, mended: undefined, faults: [this.#lateText()] };
      });
      return {
        report: {
          ...base,
          verdict,
          summary,
          diagnoses: diagnoses.map(diagnosisJson),
          faults: [...faults, ...extras.faults],
          backtest: extras.backtest,
          whatIf: extras.whatIf,
          repair: extras.mended?.repair ?? null,
          durationSeconds: durationSeconds(),
        },
        change: extras.mended?.change,
      };
    } catch (error) {
      parent.throwIfAborted();
      if (!limit.signal.aborted && !isVedetteError(error)) throw error;
      const fault = limit.signal.aborted ? this.#lateText() : errorMessage(error);
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

  #lateText(): string {
    return `the examination took more than ${this.#options.timeoutMs / 1000} s; look at a shorter past`;
  }

  /** What a report has besides its diagnoses. */
  async #extras(
    found: Found,
    group: RuleGroup,
    facts: StoreFacts,
    whatIf: WhatIf,
    signal: AbortSignal,
  ): Promise<Extras> {
    const { rule } = found.examination;
    const backtest = rule.type === 'alerting' ? await backtestJson(found, rule, this.#deps.clock, signal) : null;
    const asked = await this.#whatIf(found, group, whatIf, signal);
    const mended = await this.#mend(found, group, facts, signal);
    return { backtest, whatIf: asked.result, mended, faults: asked.faults };
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
    const backtest = rule.type === 'alerting' ? await replayed(examination, rule, this.#deps.clock, signal) : undefined;
    if (backtest?.result.duplicate) diagnoses.push(duplicateAlerts(backtest.result.duplicate.toString()));
    return { examination, diagnoses, backtest };
  }

  async #mend(found: Found, group: RuleGroup, facts: StoreFacts, signal: AbortSignal): Promise<Mended | undefined> {
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
      return {
        result: await backtestOf(examination, asked, past, main, pastIsSubject, this.#deps.clock, signal),
        faults: [],
      };
    if (!main)
      return { result: null, faults: ['the rule compares nothing with a number, so there is no other threshold'] };
    const comparison: Comparison = { ...main, threshold: whatIf.threshold };
    if (pastIsSubject)
      return {
        result: await backtestOf(examination, asked, past, comparison, true, this.#deps.clock, signal),
        faults: [],
      };
    const number: Expr = { kind: 'number', span: main.number.span, value: whatIf.threshold };
    const expr = replaceNode(examination.expr, main.number, number);
    try {
      const other = await readPast(this.#deps.store.engine, expr, past.window, this.#interval(group), signal);
      return {
        result: await backtestOf(examination, asked, other, comparison, false, this.#deps.clock, signal),
        faults: [],
      };
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

function duplicateAlerts(labels: string): Diagnosis {
  return {
    kind: 'duplicate-alerts',
    severity: 'error',
    message: 'two results of one moment make the same alert, so the evaluation fails and nothing fires',
    evidence: [`two results become ${labels}`],
    remedy: 'aggregate away what differs, or do not set a label that tells them apart',
  };
}

function diagnosisJson({ kind, severity, message, evidence, remedy, span }: Diagnosis): RuleDiagnosis {
  return { kind, severity, message, evidence, remedy, span: span ? { start: span.start, end: span.end } : null };
}

/** Some stores cannot be interrupted: whoever waits for them is. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
