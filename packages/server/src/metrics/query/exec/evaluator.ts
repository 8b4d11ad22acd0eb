import type { Labels } from '../../../model/labels.ts';
import type { SampleBuffer } from '../../../model/sample.ts';
import type { Call, Expr, VectorSelector } from '../parse/ast.ts';
import type { Annotations } from './annotations.ts';
import type { Budget } from './budget.ts';
import type { Grid, WindowGrid } from './grid.ts';
import type { Value, VectorStream } from './stream.ts';

/** What operators and functions may ask of the evaluation they are part of. */
export interface Evaluator {
  readonly budget: Budget;
  readonly annotations: Annotations;
  /** NAME_HIDDEN, or DROP_NAME_LATER under delayed name removal. */
  readonly dropMark: number;
  /** The window of the whole query, for `@ start()` and the like. */
  readonly window: Grid;
  /** True when the query asks for a range: sorting has no effect there. */
  readonly isRange: boolean;
  evaluate(expr: Expr, grid: Grid): Promise<Value>;
  vector(expr: Expr, grid: Grid): Promise<VectorStream>;
  /** One value per step. */
  scalar(expr: Expr, grid: Grid): Promise<Float64Array>;
  /** An instant selector that gives, in seconds, the time of each sample or the start time of its counter (0: not known). */
  newestTimes(selector: VectorSelector, grid: Grid, which: 'time' | 'start'): Promise<VectorStream>;
  /** The samples behind a range selector or a subquery. */
  range(expr: Expr, grid: Grid): Promise<RangeSource>;
}

/** A range vector: raw samples per series, and the windows to look at. */
export interface RangeSource {
  readonly labels: readonly Labels[];
  readonly nameMark: Uint8Array;
  readonly distinct: boolean;
  readonly windows: WindowGrid;
  /** Fills the buffer with the series' samples in time order, without stale markers. */
  read(row: number, into: SampleBuffer): void;
  /** Has other threads compute rows with a kernel; undefined where that is not possible or not worth it. */
  readonly ahead?: (kernel: string, args: readonly Float64Array[]) => AheadOfRows | undefined;
}

/** `take` writes a row that another thread has computed; false: the caller has to. */
export interface AheadOfRows {
  take(row: number, values: Float64Array, present: Uint8Array): boolean;
}

export type FunctionEvaluation = (call: Call, grid: Grid, evaluator: Evaluator) => Promise<Value>;
