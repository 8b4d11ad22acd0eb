import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock, UnixMs } from '../../base/clock.ts';
import { VedetteError, errorMessage, isVedetteError } from '../../base/errors.ts';
import { Labels } from '../../model/labels.ts';
import type {
  ChangeSource,
  MatrixResult,
  QueryEngine,
  QueryNotes,
  QueryOptions,
  QueryResult,
  SeriesSelector,
} from '../../model/ports.ts';
import { type TimeWindow, stepCount } from '../../model/time-window.ts';
import {
  KEPT_FROM_DEFAULT_MS,
  LOOKBACK_DELTA_DEFAULT_MS,
  POINTS_PER_SERIES_MAX,
  RESULT_CACHE_DEFAULT_BYTES,
  SAMPLES_MAX_DEFAULT,
  SUBQUERY_STEP_DEFAULT_MS,
  TIMEOUT_DEFAULT_MS,
} from './config.ts';
import { Annotations } from './exec/annotations.ts';
import { instantAnswer, matrixAnswer, rangeAnswer, scalarAnswer } from './exec/answer.ts';
import { Budget } from './exec/budget.ts';
import { Evaluation } from './exec/evaluate.ts';
import { type Grid, gridEnd } from './exec/grid.ts';
import { ReadStatistics } from './exec/read-statistics.ts';
import type { RangeHelper } from './exec/rows-ahead.ts';
import { DROP_NAME_LATER, NAME_HIDDEN } from './exec/stream.ts';
import type { Expr } from './parse/ast.ts';
import { parseExpr } from './parse/parser.ts';
import { documentedType, typeOf } from './parse/type-check.ts';
import { type QueryWindow, dependsOnWindow, hasDurationExpressions, resolveDurations } from './plan/durations.ts';
import { plan } from './plan/plan.ts';
import { joinedPoints } from './results/points.ts';
import { type Reach, reachOf } from './results/reach.ts';
import { ResultCache, resultKey } from './results/result-cache.ts';
import { SelectionLedger } from './selection-ledger.ts';

export interface QueryEngineDeps {
  readonly selector: SeriesSelector;
  readonly clock: Clock;
  /** Where the engine's own metrics are registered; none without. */
  readonly registry?: Registry;
  /** Changes of what the selector gives; without it no results are kept. */
  readonly changes?: ChangeSource;
  /** Threads that compute rows of heavy queries; without them, this one computes all. */
  readonly helper?: RangeHelper;
}

export interface QueryEngineOptions {
  readonly lookbackDeltaMs?: number;
  readonly timeoutMs?: number;
  readonly samplesMax?: number;
  /** Step of subqueries that name none: the global evaluation interval. */
  readonly subqueryStepMs?: number;
  /** Prometheus' feature flag promql-delayed-name-removal: label functions still see the names that functions drop. */
  readonly delayedNameRemoval?: boolean;
  /** For results of range queries that are kept; 0 keeps none. */
  readonly resultCacheBytes?: number;
  /** Only what takes as long as this is kept: what is made anew faster is not worth its memory. */
  readonly keptFromMs?: number;
}

/** The port, and the tree of a query for those who look into it (completion, rule checks). */
export interface PromqlEngine extends QueryEngine {
  parse(query: string): Expr;
  /** Kept results no longer count: what selectors find has changed in another way than by samples. */
  forgetResults(): void;
}

export function openQueryEngine(deps: QueryEngineDeps, options: QueryEngineOptions = {}): PromqlEngine {
  return new Engine(deps, options);
}

/** Parsed queries kept: rules and panels ask the same texts again and again; a tree takes a few kB. */
const PLANS_MAX = 1_000;

interface Plan {
  /** As written. */
  readonly expr: Expr;
  /** Undefined where durations depend on the window of the query: those are planned anew each time. */
  readonly ready: ReadyPlan | undefined;
}

interface ReadyPlan {
  /** With all durations in milliseconds. */
  readonly resolved: Expr;
  readonly planned: Expr;
}

/** What a run learns besides its result. */
interface RunFacts {
  dependsOnRange: boolean;
}

class Engine implements PromqlEngine {
  readonly #deps: QueryEngineDeps;
  readonly #options: Required<QueryEngineOptions>;
  readonly #plans = new Map<string, Plan>();
  readonly #duration: Histogram<'kind'> | undefined;
  readonly #failures: Counter<'code'> | undefined;
  readonly #samples: Counter | undefined;
  readonly #results: ResultCache | undefined;
  #keptSteps: Counter | undefined;

  constructor(deps: QueryEngineDeps, options: QueryEngineOptions) {
    this.#deps = deps;
    this.#options = {
      lookbackDeltaMs: options.lookbackDeltaMs ?? LOOKBACK_DELTA_DEFAULT_MS,
      timeoutMs: options.timeoutMs ?? TIMEOUT_DEFAULT_MS,
      samplesMax: options.samplesMax ?? SAMPLES_MAX_DEFAULT,
      subqueryStepMs: options.subqueryStepMs ?? SUBQUERY_STEP_DEFAULT_MS,
      delayedNameRemoval: options.delayedNameRemoval ?? false,
      resultCacheBytes: options.resultCacheBytes ?? RESULT_CACHE_DEFAULT_BYTES,
      keptFromMs: options.keptFromMs ?? KEPT_FROM_DEFAULT_MS,
    };
    const results =
      deps.changes && this.#options.resultCacheBytes > 0
        ? new ResultCache(deps.changes, this.#options.resultCacheBytes)
        : undefined;
    this.#results = results;
    if (!deps.registry) return;
    const registers = [deps.registry];
    this.#duration = new Histogram({
      name: 'vedette_query_duration_seconds',
      help: 'Wall time of PromQL queries by kind.',
      labelNames: ['kind'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 120],
      registers,
    });
    this.#failures = new Counter({
      name: 'vedette_query_failures_total',
      help: 'PromQL queries that failed, by error code.',
      labelNames: ['code'],
      registers,
    });
    this.#samples = new Counter({
      name: 'vedette_query_samples_total',
      help: 'Samples that PromQL queries read or held.',
      registers,
    });
    if (!results) return;
    this.#keptSteps = new Counter({
      name: 'vedette_query_kept_steps_total',
      help: 'Steps of range queries that were answered from kept results.',
      registers,
    });
    const size: Gauge = new Gauge({
      name: 'vedette_query_kept_result_bytes',
      help: 'Memory that kept results of range queries take, about.',
      registers,
      collect: () => size.set(results.bytes),
    });
  }

  parse(query: string): Expr {
    return this.#plan(query).expr;
  }

  forgetResults(): void {
    this.#results?.clear();
  }

  async instant(query: string, at: UnixMs, options: QueryOptions): Promise<QueryResult> {
    const grid: Grid = { startMs: at, stepMs: 1, steps: 1 };
    return this.#run('instant', query, grid, options, async (expr, evaluation, annotations) => {
      const type = typeOf(expr);
      if (type === 'matrix') {
        const series = await matrixAnswer(await evaluation.range(expr, grid), evaluation);
        return { type: 'matrix', series, ...annotations.notes() };
      }
      const value = await evaluation.evaluate(expr, grid);
      if (value.type === 'scalar')
        return { type: 'scalar', timestampMs: at, value: value.values[0] as number, ...annotations.notes() };
      if (value.type === 'string')
        return { type: 'string', timestampMs: at, value: value.value, ...annotations.notes() };
      const samples = await instantAnswer(value.stream, grid, evaluation);
      return { type: 'vector', samples, ...annotations.notes() };
    });
  }

  async range(query: string, window: TimeWindow, options: QueryOptions): Promise<MatrixResult> {
    if (!(window.stepMs > 0)) {
      throw new VedetteError(
        'QUERY_BAD_PARAMETER',
        'zero or negative query resolution step widths are not accepted. Try a positive integer',
      );
    }
    if (window.endMs < window.startMs)
      throw new VedetteError('QUERY_BAD_PARAMETER', 'end timestamp must not be before start time');
    const steps = stepCount(window);
    if (steps > POINTS_PER_SERIES_MAX + 1) {
      throw new VedetteError(
        'QUERY_BAD_PARAMETER',
        `exceeded maximum resolution of ${POINTS_PER_SERIES_MAX.toLocaleString('en')} points per timeseries. Try decreasing the query resolution (?step=XX)`,
      );
    }
    const grid: Grid = { startMs: window.startMs, stepMs: window.stepMs, steps };
    const results = this.#results;
    if (!results || options.fresh || options.stats === 'all' || options.samplesMax !== undefined)
      return this.#evaluate(query, grid, options);
    return this.#completed(results, query, grid, options);
  }

  /** Evaluates the steps that are not known from an earlier query, and keeps all of them. */
  async #completed(results: ResultCache, query: string, grid: Grid, options: QueryOptions): Promise<MatrixResult> {
    const lookbackDeltaMs = options.lookbackDeltaMs ?? this.#options.lookbackDeltaMs;
    const key = resultKey(query, grid, lookbackDeltaMs);
    const startedMs = this.#deps.clock.monotonicMs();
    // A query that was never planned has no results; its faults are found where it runs.
    const reach = this.#reachOf(this.#plans.get(query), lookbackDeltaMs);
    const known = reach && results.find(key, grid, reach);
    const mark = results.mark();
    const facts: RunFacts = { dependsOnRange: false };
    if (known?.steps === grid.steps) {
      options.signal.throwIfAborted();
      this.#keptSteps?.inc(known.steps);
      return { type: 'matrix', series: known.series, warnings: [], infos: [] };
    }
    const rest = known ? without(grid, known.steps) : grid;
    let result = await this.#evaluate(query, rest, options, facts);
    if (known) {
      // The part that is known was made without what now depends on all of the range.
      if (facts.dependsOnRange) return this.#evaluate(query, grid, options);
      this.#keptSteps?.inc(known.steps);
      result = { ...result, series: joinedPoints(known.series, result.series) };
    }
    const worthIt = known !== undefined || this.#deps.clock.monotonicMs() - startedMs >= this.#options.keptFromMs;
    const isPlain =
      result.warnings.length === 0 &&
      result.infos.length === 0 &&
      result.series.every(({ histograms }) => histograms === undefined);
    if (worthIt && isPlain && !facts.dependsOnRange && this.#reachOf(this.#plans.get(query), lookbackDeltaMs))
      results.put(key, grid, mark, result.series);
    return result;
  }

  #reachOf(plan: Plan | undefined, lookbackDeltaMs: number): Reach | undefined {
    return plan?.ready && reachOf(plan.ready.resolved, lookbackDeltaMs);
  }

  #evaluate(query: string, grid: Grid, options: QueryOptions, facts?: RunFacts): Promise<MatrixResult> {
    const work = async (expr: Expr, evaluation: Evaluation, annotations: Annotations): Promise<MatrixResult> => {
      const type = typeOf(expr);
      if (type !== 'scalar' && type !== 'vector') {
        throw new VedetteError(
          'PROMQL_PARSE',
          `invalid expression type ${JSON.stringify(documentedType(type))} for range query, must be Scalar or instant Vector`,
          { details: { start: expr.span.start, end: expr.span.end } },
        );
      }
      const value = await evaluation.evaluate(expr, grid);
      if (value.type === 'string')
        throw new Error('a string is no answer of a range query although types were checked');
      const series =
        value.type === 'scalar'
          ? [{ labels: Labels.EMPTY, ...scalarAnswer(value.values, grid) }]
          : await rangeAnswer(value.stream, grid, evaluation);
      return { type: 'matrix', series, ...annotations.notes() };
    };
    return this.#run('range', query, grid, options, work, facts);
  }

  #plan(query: string): Plan {
    const known = this.#plans.get(query);
    if (known) return known;
    const expr = parseExpr(query);
    const fresh = {
      expr,
      ready: dependsOnWindow(expr) ? undefined : readyPlan(query, expr, { stepMs: 0, rangeMs: 0 }),
    };
    if (this.#plans.size >= PLANS_MAX) {
      const oldest = this.#plans.keys().next().value;
      if (oldest !== undefined) this.#plans.delete(oldest);
    }
    this.#plans.set(query, fresh);
    return fresh;
  }

  async #run<Result extends QueryNotes>(
    kind: 'instant' | 'range',
    query: string,
    grid: Grid,
    options: QueryOptions,
    work: (expr: Expr, evaluation: Evaluation, annotations: Annotations) => Promise<Result>,
    facts?: RunFacts,
  ): Promise<Result> {
    const { clock, selector, helper } = this.#deps;
    const startedMs = clock.monotonicMs();
    const limits = new AbortController();
    const timeoutMs = Math.min(options.timeoutMs ?? this.#options.timeoutMs, this.#options.timeoutMs);
    const onAbort = (): void => limits.abort(cancelled(options.signal.reason));
    options.signal.addEventListener('abort', onAbort, { once: true });
    const timeout = clock.after(timeoutMs, () => limits.abort(timedOut(timeoutMs)));
    const ledger = new SelectionLedger(selector);
    const budget = new Budget(
      clock,
      limits.signal,
      Math.min(options.samplesMax ?? this.#options.samplesMax, this.#options.samplesMax),
    );
    let evaluation: Evaluation | undefined;
    try {
      if (options.signal.aborted) onAbort();
      limits.signal.throwIfAborted();
      const { expr, ready } = this.#plan(query);
      const { resolved, planned } = ready ?? readyPlan(query, expr, queryWindow(kind, grid));
      const parseMs = clock.monotonicMs() - startedMs;
      const statistics = new ReadStatistics(clock, grid, { perStep: options.stats === 'all' });
      const annotations = new Annotations(query);
      evaluation = new Evaluation(ledger, budget, annotations, grid, {
        lookbackDeltaMs: options.lookbackDeltaMs ?? this.#options.lookbackDeltaMs,
        subqueryStepMs: this.#options.subqueryStepMs,
        dropMark: this.#options.delayedNameRemoval ? DROP_NAME_LATER : NAME_HIDDEN,
        isRange: kind === 'range',
        statistics,
        ...(helper ? { helper } : {}),
      });
      const asked = kind === 'instant' && typeOf(expr) === 'matrix' ? resolved : planned;
      const result = await work(asked, evaluation, annotations);
      if (facts) facts.dependsOnRange = ledger.dependsOnRange;
      return { ...result, stats: statistics.summary(budget.samples, parseMs, clock.monotonicMs() - startedMs) };
    } catch (error) {
      const failure = ledger.blame(limits.signal.aborted ? asError(limits.signal.reason) : error);
      this.#failures?.inc({ code: isVedetteError(failure) ? failure.code : 'INTERNAL' });
      throw failure;
    } finally {
      evaluation?.[Symbol.dispose]();
      timeout[Symbol.dispose]();
      options.signal.removeEventListener('abort', onAbort);
      this.#samples?.inc(budget.samples);
      this.#duration?.observe({ kind }, (clock.monotonicMs() - startedMs) / 1000);
    }
  }
}

function readyPlan(query: string, expr: Expr, window: QueryWindow): ReadyPlan {
  const resolved = hasDurationExpressions(expr) ? resolveDurations(query, expr, window) : expr;
  return { resolved, planned: plan(resolved) };
}

function queryWindow(kind: 'instant' | 'range', grid: Grid): QueryWindow {
  return kind === 'instant'
    ? { stepMs: 0, rangeMs: 0 }
    : { stepMs: grid.stepMs, rangeMs: gridEnd(grid) - grid.startMs };
}

function without(grid: Grid, steps: number): Grid {
  return { ...grid, startMs: grid.startMs + steps * grid.stepMs, steps: grid.steps - steps };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new VedetteError('QUERY_CANCELLED', errorMessage(reason));
}

function cancelled(reason: unknown): VedetteError {
  if (isVedetteError(reason)) return reason;
  return new VedetteError(
    'QUERY_CANCELLED',
    'query was canceled in query execution',
    reason === undefined ? {} : { cause: reason },
  );
}

function timedOut(timeoutMs: number): VedetteError {
  return new VedetteError(
    'QUERY_TIMEOUT',
    `query timed out in expression evaluation after ${timeoutMs / 1000} s; select fewer series, a shorter range, or a larger step`,
  );
}
