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

/** `@`: a fixed time in milliseconds, or an end of the query's window. */
export type AtModifier = number | 'start' | 'end';

export interface TimeModifiers {
  /** Milliseconds; positive looks back. */
  readonly offsetMs: number;
  readonly at?: AtModifier;
}

export interface VectorSelector extends TimeModifiers {
  readonly kind: 'selector';
  readonly span: Span;
  /** As written before the braces, '' when there is none; `matchers` holds it as well. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

export interface MatrixSelector {
  readonly kind: 'matrix';
  readonly span: Span;
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

export interface Subquery extends TimeModifiers {
  readonly kind: 'subquery';
  readonly span: Span;
  readonly expr: Expr;
  readonly rangeMs: number;
  /** 0 means the engine's default step. */
  readonly stepMs: number;
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
}

export interface Binary {
  readonly kind: 'binary';
  readonly span: Span;
  readonly operator: BinaryOperator;
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
