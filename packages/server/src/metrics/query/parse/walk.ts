import type { Expr, VectorSelector } from './ast.ts';

export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
    case 'step-invariant':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param ? [expr.param, expr.expr] : [expr.expr];
  }
}

/** Every selector of the expression, left to right; what a rule or a panel reads. */
export function collectSelectors(expr: Expr): readonly VectorSelector[] {
  return expr.kind === 'selector' ? [expr] : childrenOf(expr).flatMap((child) => collectSelectors(child));
}

/** The first selector of the expression, if any; warnings name its metric. */
export function firstSelector(expr: Expr): VectorSelector | undefined {
  return collectSelectors(expr)[0];
}
