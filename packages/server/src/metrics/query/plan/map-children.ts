import type { Expr } from '../parse/ast.ts';

/** The same node over changed children; selectors inside range selectors stay as they are. */
export function mapChildren(expr: Expr, change: (child: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
    case 'matrix':
      return expr;
    case 'subquery':
    case 'paren':
    case 'unary':
    case 'step-invariant':
      return { ...expr, expr: change(expr.expr) };
    case 'binary':
      return { ...expr, left: change(expr.left), right: change(expr.right) };
    case 'call':
      return { ...expr, args: expr.args.map(change) };
    case 'aggregate':
      return expr.param
        ? { ...expr, param: change(expr.param), expr: change(expr.expr) }
        : { ...expr, expr: change(expr.expr) };
  }
}
