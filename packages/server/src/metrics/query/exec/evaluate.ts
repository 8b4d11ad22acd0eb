import { VedetteError } from '../../../base/errors.ts';
import { type Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { SeriesSelector, SeriesSet } from '../../../model/ports.ts';
import { functionNamed } from '../functions/registry.ts';
import { type Call, type Expr, type MatrixSelector, type Subquery, type VectorSelector, unwrap } from '../parse/ast.ts';
import { aggregate } from './aggregate.ts';
import type { Annotations } from './annotations.ts';
import type { Budget } from './budget.ts';
import { binaryOperator } from './binary-operator.ts';
import { type HintReading, detectResets, hintReadingBelow } from './detected-resets.ts';
import type { AheadOfRows, Evaluator, RangeSource } from './evaluator.ts';
import { extendWindows } from './extended-windows.ts';
import { type Grid, type WindowGrid, gridEnd, lastWindowEnd, windowGrid } from './grid.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { instantSelector } from './instant-selector.ts';
import { OF_COUNTERS, notingNonCounters } from './non-counter.ts';
import { type Pushable, pushableCall, pushedDown } from './pushed-down.ts';
import { mapValues, negated } from './scalar-operator.ts';
import { type ReadStatistics, weightOf } from './read-statistics.ts';
import type { RangeHelper, RangeWork, RowsAhead } from './rows-ahead.ts';
import { smoothedSelector } from './smoothed-selector.ts';
import { HISTOGRAM, type Value, type VectorStream, materialise } from './stream.ts';
import { subqueryGrid, subquerySource } from './subquery.ts';
import { dropStale } from './windows.ts';

/** Evaluations of a subquery: a year at 15 s. A row is computed in one go, so this bounds how long the event loop waits. */
const SUBQUERY_STEPS_MAX = 2_500_000;

export interface EvaluationOptions {
  readonly lookbackDeltaMs: number;
  readonly subqueryStepMs: number;
  readonly dropMark: number;
  readonly isRange: boolean;
  readonly statistics: ReadStatistics;
  /** Threads beside this one; without them it computes everything. */
  readonly helper?: RangeHelper;
}

type CountedSet = SeriesSet & Pick<RangeSource, 'ahead'>;

/** Evaluates one planned query; made per query, and disposed with it. */
export class Evaluation implements Evaluator, Disposable {
  readonly budget: Budget;
  readonly annotations: Annotations;
  readonly dropMark: number;
  readonly window: Grid;
  readonly isRange: boolean;
  readonly #selector: SeriesSelector;
  readonly #options: EvaluationOptions;
  readonly #rowsAhead: RowsAhead[] = [];
  #hints: HintReading = 'plain';

  constructor(
    selector: SeriesSelector,
    budget: Budget,
    annotations: Annotations,
    window: Grid,
    options: EvaluationOptions,
  ) {
    this.#selector = selector;
    this.budget = budget;
    this.annotations = annotations;
    this.window = window;
    this.dropMark = options.dropMark;
    this.isRange = options.isRange;
    this.#options = options;
  }

  [Symbol.dispose](): void {
    for (const rows of this.#rowsAhead) rows[Symbol.dispose]();
  }

  async evaluate(expr: Expr, grid: Grid): Promise<Value> {
    switch (expr.kind) {
      case 'number':
        return { type: 'scalar', values: new Float64Array(grid.steps).fill(expr.value) };
      case 'string':
        return { type: 'string', value: expr.value };
      case 'paren':
        return this.evaluate(expr.expr, grid);
      case 'step-invariant':
        return this.#stepInvariant(expr.expr, grid);
      case 'selector':
        return { type: 'vector', stream: await this.#instant(expr, grid) };
      case 'unary':
        return this.#unary(expr.operator, await this.evaluate(expr.expr, grid), grid);
      case 'binary':
        return this.#reading(expr.operator === '</' || expr.operator === '>/' ? 'whole' : this.#hints, () =>
          binaryOperator(expr, grid, this),
        );
      case 'aggregate':
        return { type: 'vector', stream: await aggregate(expr, grid, this) };
      case 'call':
        return this.#call(expr, grid);
      case 'matrix':
      case 'subquery':
        throw new Error('a range vector stands where an instant vector is expected although types were checked');
    }
  }

  async vector(expr: Expr, grid: Grid): Promise<VectorStream> {
    const value = await this.evaluate(expr, grid);
    if (value.type !== 'vector')
      throw new Error(`a ${value.type} stands where a vector is expected although types were checked`);
    return value.stream;
  }

  async scalar(expr: Expr, grid: Grid): Promise<Float64Array> {
    const value = await this.evaluate(expr, grid);
    if (value.type !== 'scalar')
      throw new Error(`a ${value.type} stands where a scalar is expected although types were checked`);
    return value.values;
  }

  async range(expr: Expr, grid: Grid): Promise<RangeSource> {
    const inner = unwrap(expr);
    if (inner.kind === 'matrix') return this.#matrix(inner, grid);
    if (inner.kind === 'subquery') return this.#subquery(inner, grid);
    throw new Error('an instant vector stands where a range vector is expected although types were checked');
  }

  async #call(call: Call, grid: Grid): Promise<Value> {
    const argument = call.args[0];
    if ((call.name === 'timestamp' || call.name === 'start_timestamp') && argument) {
      // The time of the sample itself is known only to a selector.
      const inner = unwrap(argument);
      if (inner.kind === 'selector') {
        const stream = await this.newestTimes(inner, grid, call.name === 'timestamp' ? 'time' : 'start');
        return { type: 'vector', stream: mapValues(stream, grid.steps, (value) => value, this) };
      }
    }
    const pushable = pushableCall(call);
    const pushed = pushable && (await this.#pushedDown(call, pushable, grid));
    if (pushed)
      return { type: 'vector', stream: OF_COUNTERS.has(call.name) ? this.#noting(call, pushable, pushed) : pushed };
    const implementation = functionNamed(call.name);
    if (!implementation) throw new Error(`the function ${call.name} has no implementation although it parsed`);
    return this.#reading(hintReadingBelow(call.name, this.#hints), () => implementation(call, grid, this));
  }

  #noting(call: Call, { selector }: Pushable, stream: VectorStream): VectorStream {
    const nameOf = (row: number): string => (stream.labels[row] as Labels).metricName;
    const name = selector.name === '' ? undefined : selector.name;
    return notingNonCounters(stream, name, nameOf, this.annotations, (call.args[0] as Expr).span);
  }

  /** Evaluates one branch after the other, so the selectors that are read meanwhile are those below. */
  async #reading<Result>(hints: HintReading, work: () => Promise<Result>): Promise<Result> {
    const above = this.#hints;
    this.#hints = hints;
    try {
      return await work();
    } finally {
      this.#hints = above;
    }
  }

  /** Evaluates once, at the first step, and repeats the answer. */
  async #stepInvariant(expr: Expr, grid: Grid): Promise<Value> {
    if (grid.steps <= 1) return this.evaluate(expr, grid);
    const once = { startMs: grid.startMs, stepMs: grid.stepMs, steps: 1 };
    const value = await this.evaluate(expr, once);
    if (value.type === 'string') return value;
    if (value.type === 'scalar')
      return { type: 'scalar', values: new Float64Array(grid.steps).fill(value.values[0] as number) };
    const matrix = await materialise(value.stream, 1, this.budget);
    return {
      type: 'vector',
      stream: {
        labels: matrix.labels,
        nameMark: matrix.nameMark,
        distinct: matrix.distinct,
        fill: (row, values, present, histograms) => {
          values.fill(matrix.values[row] as number);
          present.fill(matrix.present[row] as number);
          if (matrix.present[row] === HISTOGRAM)
            for (let k = 0; k < grid.steps; k++) histograms[k] = matrix.histograms[row];
        },
      },
    };
  }

  #unary(operator: '+' | '-', value: Value, grid: Grid): Value {
    if (operator === '+' || value.type === 'string') return value;
    if (value.type === 'scalar') return { type: 'scalar', values: value.values.map((v) => -v) };
    return { type: 'vector', stream: negated(value.stream, grid.steps, this) };
  }

  #at(at: number | 'start' | 'end' | undefined): number | undefined {
    if (at === 'start') return this.window.startMs;
    if (at === 'end') return gridEnd(this.window);
    return at;
  }

  async #select(
    selector: VectorSelector,
    windows: WindowGrid,
    options: { readonly startTimestamps: boolean; readonly newest: boolean },
  ): Promise<CountedSet> {
    if (windows.grid.steps === 0) return { labels: [], read: () => undefined };
    const request = {
      matchers: selector.matchers,
      startMs: windows.firstEndMs - windows.rangeMs + 1,
      endMs: lastWindowEnd(windows),
      samplesMax: this.budget.samplesLeft,
      startTimestamps: options.startTimestamps,
    };
    // The client may have left while something else was waited for.
    this.budget.signal.throwIfAborted();
    const set = await this.#options.statistics.select(() => this.#selector.select(request, this.budget.signal));
    this.budget.signal.throwIfAborted();
    return this.#counted(set, windows, options.newest);
  }

  /** Counts the samples of a series once, when it is first read. */
  #counted(set: SeriesSet, windows: WindowGrid, newest: boolean): CountedSet {
    const seen = new Uint8Array(set.labels.length);
    const detects = this.#hints === 'detected';
    const { shared } = set;
    const { helper } = this.#options;
    return {
      labels: set.labels,
      read: (index, into) => {
        set.read(index, into);
        if (detects) detectResets(into);
        if (seen[index] === 1) return;
        seen[index] = 1;
        this.#options.statistics.count(into, windows, newest);
        this.budget.take(weightOf(into));
      },
      ...(shared && helper && !detects && !this.#options.statistics.countsSteps
        ? {
            ahead: (kernel, args) =>
              this.#ahead(helper, { kernel, args, windows, series: shared, rows: seen.length }, seen),
          }
        : {}),
    };
  }

  #ahead(helper: RangeHelper, work: RangeWork, seen: Uint8Array): AheadOfRows | undefined {
    const rows = helper.ahead(work);
    if (!rows) return undefined;
    this.#rowsAhead.push(rows);
    return {
      take: (row, values, present) => {
        const samples = rows.take(row, values, present);
        if (samples < 0) return false;
        if (seen[row] === 1) return true;
        seen[row] = 1;
        work.series.onTaken?.(samples);
        this.#options.statistics.countTaken(samples);
        this.budget.take(samples);
        return true;
      },
    };
  }

  async #instant(selector: VectorSelector, grid: Grid): Promise<VectorStream> {
    if (selector.extended === 'smoothed') return this.#smoothed(selector, grid);
    return this.#newest(selector, grid, 'value');
  }

  newestTimes(selector: VectorSelector, grid: Grid, which: 'time' | 'start'): Promise<VectorStream> {
    return this.#newest(selector, grid, which);
  }

  async #newest(selector: VectorSelector, grid: Grid, what: 'value' | 'time' | 'start'): Promise<VectorStream> {
    const rangeMs = this.#options.lookbackDeltaMs;
    if (what === 'value') {
      const pushed = await this.#pushedDown(selector, { function: 'last', selector, rangeMs }, grid);
      if (pushed) return pushed;
    }
    const windows = windowGrid(grid, rangeMs, selector.offsetMs, this.#at(selector.at));
    const set = await this.#select(selector, windows, { startTimestamps: what === 'start', newest: true });
    return instantSelector(set, windows, namesOneMetric(selector), what);
  }

  /** Undefined when raw samples have to be read; the tail is evaluated the usual way, over fewer steps. */
  async #pushedDown(expr: Expr, pushable: Pushable, grid: Grid): Promise<VectorStream | undefined> {
    const { selector, rangeMs } = pushable;
    if (!namesOneMetric(selector)) return undefined;
    const windows = windowGrid(grid, rangeMs, selector.offsetMs, this.#at(selector.at));
    return pushedDown(this.#selector, pushable, windows, (tail) => this.vector(expr, tail), this);
  }

  async #smoothed(selector: VectorSelector, grid: Grid): Promise<VectorStream> {
    const { lookbackDeltaMs } = this.#options;
    const points = windowGrid(grid, 0, selector.offsetMs, this.#at(selector.at));
    const windows = extendWindows(points, 'smoothed', lookbackDeltaMs);
    const set = await this.#select(selector, windows, { startTimestamps: false, newest: false });
    return smoothedSelector(
      set,
      windows,
      namesOneMetric(selector),
      new HistogramNotes(this.annotations, selector.span),
    );
  }

  async #matrix(expr: MatrixSelector, grid: Grid): Promise<RangeSource> {
    const { selector } = expr;
    const proper = windowGrid(grid, expr.rangeMs, selector.offsetMs, this.#at(selector.at));
    const windows = selector.extended
      ? extendWindows(proper, selector.extended, this.#options.lookbackDeltaMs)
      : proper;
    const set = await this.#select(selector, windows, { startTimestamps: true, newest: false });
    const { ahead } = set;
    return {
      labels: set.labels,
      nameMark: new Uint8Array(set.labels.length),
      distinct: namesOneMetric(selector),
      windows,
      read: (row, into) => {
        set.read(row, into);
        dropStale(into);
      },
      ...(ahead && !windows.extended ? { ahead } : {}),
    };
  }

  async #subquery(expr: Subquery, grid: Grid): Promise<RangeSource> {
    const windows = windowGrid(grid, expr.rangeMs, expr.offsetMs, this.#at(expr.at));
    const inner = subqueryGrid(windows, expr.stepMs === 0 ? this.#options.subqueryStepMs : expr.stepMs);
    if (inner.steps > SUBQUERY_STEPS_MAX) {
      throw new VedetteError(
        'QUERY_TOO_LARGE',
        `a subquery would be evaluated at ${inner.steps} times and the limit is ${SUBQUERY_STEPS_MAX}; give it a larger step or a shorter range`,
        { details: { steps: inner.steps, stepsMax: SUBQUERY_STEPS_MAX } },
      );
    }
    this.budget.take(inner.steps);
    const stream = await this.#reading('whole', () => this.vector(expr.expr, inner));
    return subquerySource(stream, inner, windows);
  }
}

function namesOneMetric(selector: VectorSelector): boolean {
  return selector.matchers.some(
    (matcher) => matcher.name === METRIC_NAME && matcher.operator === '=' && matcher.value !== '',
  );
}
