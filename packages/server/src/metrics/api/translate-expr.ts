import type { Matcher } from '../../model/matcher.ts';
import {
  type AtModifier,
  type Duration,
  type Expr,
  type VectorSelector,
  formatFloat,
  signatureOf,
} from '../query/index.ts';

/** A tree as Prometheus' parse_query gives it to its own pages. */
export type ExprJson = Readonly<Record<string, unknown>>;

export function translateExpr(expr: Expr): ExprJson {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatFloat(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'selector':
      return { type: 'vectorSelector', ...selectorJson(expr) };
    case 'matrix':
      return {
        type: 'matrixSelector',
        range: expr.rangeMs,
        rangeExpr: durationJson(expr.rangeExpr),
        ...selectorJson(expr.selector),
      };
    case 'subquery':
      return {
        type: 'subquery',
        expr: translateExpr(expr.expr),
        range: expr.rangeMs,
        rangeExpr: durationJson(expr.rangeExpr),
        offset: expr.offsetMs,
        offsetExpr: durationJson(expr.offsetExpr),
        step: expr.stepMs,
        stepExpr: durationJson(expr.stepExpr),
        ...atJson(expr.at),
      };
    case 'paren':
      return { type: 'parenExpr', expr: translateExpr(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.operator, expr: translateExpr(expr.expr) };
    case 'step-invariant':
      return translateExpr(expr.expr);
    case 'binary': {
      const { matching } = expr;
      return {
        type: 'binaryExpr',
        op: expr.operator,
        lhs: translateExpr(expr.left),
        rhs: translateExpr(expr.right),
        matching: matching
          ? {
              card: matching.cardinality,
              labels: matching.labels,
              on: matching.on,
              include: matching.include,
              fillValues: { lhs: matching.fill?.left ?? null, rhs: matching.fill?.right ?? null },
            }
          : null,
        bool: expr.bool,
      };
    }
    case 'call': {
      const signature = signatureOf(expr.name);
      return {
        type: 'call',
        func: {
          name: expr.name,
          argTypes: signature?.args ?? [],
          variadic: signature === undefined ? 0 : variadic(signature.optional),
          returnType: signature?.returns ?? 'vector',
        },
        args: expr.args.map(translateExpr),
      };
    }
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.operator,
        expr: translateExpr(expr.expr),
        param: expr.param ? translateExpr(expr.param) : null,
        grouping: expr.grouping,
        without: expr.without,
      };
  }
}

/** Prometheus counts optional arguments, and writes -1 for any number. */
function variadic(optional: number): number {
  return optional === Infinity ? -1 : optional;
}

function selectorJson(selector: VectorSelector): ExprJson {
  return {
    name: selector.name,
    offset: selector.offsetMs,
    offsetExpr: durationJson(selector.offsetExpr),
    matchers: selector.matchers.map(matcherJson),
    ...atJson(selector.at),
    anchored: selector.extended === 'anchored',
    smoothed: selector.extended === 'smoothed',
  };
}

function durationJson(duration: Duration | undefined, wrapped = false): ExprJson | null {
  if (duration === undefined) return null;
  switch (duration.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatFloat(duration.value), duration: duration.duration === true };
    case 'duration-paren':
      return durationJson(duration.expr, true);
    case 'duration-call': {
      const [lhs, rhs] = duration.args;
      return { type: 'durationExpr', op: duration.name, lhs: durationJson(lhs), rhs: durationJson(rhs), wrapped };
    }
    case 'duration-unary':
      return { type: 'durationExpr', op: duration.operator, lhs: null, rhs: durationJson(duration.expr), wrapped };
    case 'duration-binary':
      return {
        type: 'durationExpr',
        op: duration.operator,
        lhs: durationJson(duration.left),
        rhs: durationJson(duration.right),
        wrapped,
      };
  }
}

function matcherJson({ name, value, operator }: Matcher): ExprJson {
  return { name, value, type: operator };
}

function atJson(at: AtModifier | undefined): ExprJson {
  return {
    timestamp: typeof at === 'number' ? at : null,
    startOrEnd: typeof at === 'string' ? at : null,
  };
}
