/** The typed tree of a PromQL expression. Every node knows where it stands in the query text. */
import type { Matcher } from '../../../model/matcher.ts';

/** 0-based character offsets; `end` is the first character after the node. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix';

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | 'atan2'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '</'
  | '>/'
  | 'and'
  | 'or'
  | 'unless';

export type AggregateOperator =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'quantile'
  | 'count_values'
  | 'limitk'
  | 'limit_ratio';

export interface NumberLiteral {
  readonly kind: 'number';
  readonly span: Span;
  readonly value: number;
  /** Set when written as a duration (`5m`), so that formatting gives it back as written. */
  readonly duration?: boolean;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly span: Span;
  readonly value: string;
}

/**
 * An expression of durations (experimental): `5m * 2`, `step()`, `-min_of(1m, range())`. Numbers are seconds. `wrapped` keeps
 * the parentheses it was written with.
 */
export interface DurationCall {
  readonly kind: 'duration-call';
  readonly span: Span;
  readonly name: 'step' | 'range' | 'min_of' | 'max_of';
  readonly args: readonly Duration[];
}

export interface DurationUnary {
  readonly kind: 'duration-unary';
  readonly span: Span;
  readonly operator: '-';
  readonly expr: Duration;
}

export interface DurationBinary {
  readonly kind: 'duration-binary';
  readonly span: Span;
  readonly operator: '+' | '-' | '*' | '/' | '%' | '^';
  readonly left: Duration;
  readonly right: Duration;
}

export interface DurationParen {
  readonly kind: 'duration-paren';
  readonly span: Span;
  readonly expr: Duration;
}

export type Duration = NumberLiteral | DurationCall | DurationUnary | DurationBinary | DurationParen;

/** `@`: a fixed time in milliseconds, or an end of the query's window. */
export type AtModifier = number | 'start' | 'end';

export interface TimeModifiers {
  /** Milliseconds; positive looks back. 0 while `offsetExpr` is not resolved (`plan/durations.ts`). */
  readonly offsetMs: number;
  /** Set when the offset is written as an expression. */
  readonly offsetExpr?: Duration;
  readonly at?: AtModifier;
}

export interface VectorSelector extends TimeModifiers {
  readonly kind: 'selector';
  readonly span: Span;
  /** As written before the braces, '' when there is none; `matchers` holds it as well. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** `anchored` or `smoothed` behind the selector or its range (experimental). */
  readonly extended?: 'anchored' | 'smoothed';
}

export interface MatrixSelector {
  readonly kind: 'matrix';
  readonly span: Span;
  readonly selector: VectorSelector;
  /** 0 while `rangeExpr` is not resolved. */
  readonly rangeMs: number;
  readonly rangeExpr?: Duration;
}

export interface Subquery extends TimeModifiers {
  readonly kind: 'subquery';
  readonly span: Span;
  readonly expr: Expr;
  /** 0 while `rangeExpr` is not resolved. */
  readonly rangeMs: number;
  readonly rangeExpr?: Duration;
  /** 0 means the engine's default step, unless `stepExpr` waits to be resolved. */
  readonly stepMs: number;
  readonly stepExpr?: Duration;
}

export interface Paren {
  readonly kind: 'paren';
  readonly span: Span;
  readonly expr: Expr;
}

export interface Unary {
  readonly kind: 'unary';
  readonly span: Span;
  readonly operator: '+' | '-';
  readonly expr: Expr;
}

export interface VectorMatching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** True for `on (…)`, false for `ignoring (…)` and when neither is written. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels taken from the "one" side: `group_left (…)`. */
  readonly include: readonly string[];
  /** Values in place of a missing left or right side: `fill (0)`, `fill_left (1)` (experimental). */
  readonly fill?: { readonly left?: number; readonly right?: number };
}

export interface Binary {
  readonly kind: 'binary';
  readonly span: Span;
  readonly operator: BinaryOperator;
  /** Where the operator stands. */
  readonly operatorSpan: Span;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  /** Only between two vectors. */
  readonly matching?: VectorMatching;
}

export interface Call {
  readonly kind: 'call';
  readonly span: Span;
  readonly name: string;
  readonly args: readonly Expr[];
}

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly span: Span;
  readonly operator: AggregateOperator;
  readonly expr: Expr;
  readonly param?: Expr;
  readonly without: boolean;
  readonly grouping: readonly string[];
}

/** Made by the planner: a part whose value is the same at every step, evaluated once. */
export interface StepInvariant {
  readonly kind: 'step-invariant';
  readonly span: Span;
  readonly expr: Expr;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Paren
  | Unary
  | Binary
  | Call
  | Aggregate
  | StepInvariant;

/** The expression inside any number of parentheses and planner marks. */
export function unwrap(expr: Expr): Expr {
  let current = expr;
  while (current.kind === 'paren' || current.kind === 'step-invariant') current = current.expr;
  return current;
}
