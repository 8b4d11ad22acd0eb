import type { Duration, Expr, VectorSelector } from './ast.ts';

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

/** The duration expressions that stand in the node itself; those of a matrix' selector are its child's. */
export function durationsOf(expr: Expr): readonly Duration[] {
  const found: readonly (Duration | undefined)[] =
    expr.kind === 'selector'
      ? [expr.offsetExpr]
      : expr.kind === 'matrix'
        ? [expr.rangeExpr]
        : expr.kind === 'subquery'
          ? [expr.rangeExpr, expr.stepExpr, expr.offsetExpr]
          : [];
  return found.filter((duration) => duration !== undefined);
}

/** Every selector of the expression, left to right; what a rule or a panel reads. */
export function collectSelectors(expr: Expr): readonly VectorSelector[] {
  return expr.kind === 'selector' ? [expr] : childrenOf(expr).flatMap((child) => collectSelectors(child));
}

/** The first selector of the expression, if any; warnings name its metric. */
export function firstSelector(expr: Expr): VectorSelector | undefined {
  return collectSelectors(expr)[0];
}
