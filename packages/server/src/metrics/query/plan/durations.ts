import type { Duration, Expr, MatrixSelector, Span, Subquery, VectorSelector } from '../parse/ast.ts';
import { millisecondsOf } from '../parse/duration-reader.ts';
import { parseError } from '../parse/parse-error.ts';
import { childrenOf, durationsOf } from '../parse/walk.ts';
import { mapChildren } from './map-children.ts';

/** What step() and range() stand for; both 0 for an instant query. */
export interface QueryWindow {
  readonly stepMs: number;
  readonly rangeMs: number;
}

/** True when the query has duration expressions; `resolveDurations` must run before such a tree is evaluated. */
export function hasDurationExpressions(expr: Expr): boolean {
  return durationsOf(expr).length > 0 || childrenOf(expr).some(hasDurationExpressions);
}

/** True when a duration depends on the window of the query, so that it is to be resolved for each query. */
export function dependsOnWindow(expr: Expr): boolean {
  return durationsOf(expr).some(asksWindow) || childrenOf(expr).some(dependsOnWindow);
}

function asksWindow(duration: Duration): boolean {
  switch (duration.kind) {
    case 'number':
      return false;
    case 'duration-call':
      return duration.name === 'step' || duration.name === 'range' || duration.args.some(asksWindow);
    case 'duration-binary':
      return asksWindow(duration.left) || asksWindow(duration.right);
    case 'duration-unary':
    case 'duration-paren':
      return asksWindow(duration.expr);
  }
}

/** The tree with every duration expression as milliseconds. Throws PROMQL_PARSE for one that makes no usable duration. */
export function resolveDurations(query: string, expr: Expr, window: QueryWindow): Expr {
  return new Resolver(query, window).resolve(expr);
}

class Resolver {
  readonly #query: string;
  readonly #window: QueryWindow;

  constructor(query: string, window: QueryWindow) {
    this.#query = query;
    this.#window = window;
  }

  resolve(expr: Expr): Expr {
    switch (expr.kind) {
      case 'selector':
        return this.#selector(expr);
      case 'matrix':
        return this.#matrix(expr);
      case 'subquery':
        return this.#subquery(expr);
      default:
        return mapChildren(expr, (child) => this.resolve(child));
    }
  }

  #selector(selector: VectorSelector): VectorSelector {
    const { offsetExpr, ...rest } = selector;
    return offsetExpr ? { ...rest, offsetMs: this.#milliseconds(offsetExpr) } : selector;
  }

  #matrix(matrix: MatrixSelector): MatrixSelector {
    const { rangeExpr, ...rest } = matrix;
    const selector = this.#selector(matrix.selector);
    return rangeExpr ? { ...rest, selector, rangeMs: this.#positive(rangeExpr) } : { ...matrix, selector };
  }

  #subquery(subquery: Subquery): Subquery {
    const { rangeExpr, stepExpr, offsetExpr, ...rest } = subquery;
    return {
      ...rest,
      expr: this.resolve(subquery.expr),
      rangeMs: rangeExpr ? this.#positive(rangeExpr) : subquery.rangeMs,
      stepMs: stepExpr ? this.#positive(stepExpr) : subquery.stepMs,
      offsetMs: offsetExpr ? this.#milliseconds(offsetExpr) : subquery.offsetMs,
    };
  }

  #positive(duration: Duration): number {
    const ms = this.#milliseconds(duration);
    if (ms <= 0) throw parseError(this.#query, duration.span, 'duration must be greater than 0');
    return ms;
  }

  #milliseconds(duration: Duration): number {
    const seconds = this.#seconds(duration);
    if (!Number.isFinite(seconds)) throw parseError(this.#query, duration.span, 'duration is NaN or infinite');
    if (Math.abs(seconds) > DURATION_MAX_SECONDS)
      throw parseError(this.#query, duration.span, 'duration is out of range');
    return millisecondsOf(seconds);
  }

  #seconds(duration: Duration): number {
    switch (duration.kind) {
      case 'number':
        return duration.value;
      case 'duration-paren':
        return this.#seconds(duration.expr);
      case 'duration-unary':
        return -this.#seconds(duration.expr);
      case 'duration-call': {
        if (duration.name === 'step') return this.#window.stepMs / 1000;
        if (duration.name === 'range') return this.#window.rangeMs / 1000;
        const values = duration.args.map((arg) => this.#seconds(arg));
        return duration.name === 'min_of' ? Math.min(...values) : Math.max(...values);
      }
      case 'duration-binary':
        return this.#operation(
          duration.operator,
          this.#seconds(duration.left),
          this.#seconds(duration.right),
          duration.span,
        );
    }
  }

  #operation(operator: string, left: number, right: number, at: Span): number {
    switch (operator) {
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      case '^':
        return left ** right;
      case '/':
        if (right === 0) throw parseError(this.#query, at, 'division by zero');
        return left / right;
      default:
        if (right === 0) throw parseError(this.#query, at, 'modulo by zero');
        return left % right;
    }
  }
}

/** As for a literal: 2^63 nanoseconds. */
const DURATION_MAX_SECONDS = 2 ** 63 / 1e9;
