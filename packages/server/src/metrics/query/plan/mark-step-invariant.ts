import type { Expr } from '../parse/ast.ts';
import { typeOf } from '../parse/type-check.ts';
import { mapChildren } from './map-children.ts';

/** Functions whose value depends on the evaluation time even when their arguments do not. */
const DEPENDS_ON_TIME: ReadonlySet<string> = new Set(
  'time timestamp predict_linear minute hour day_of_week day_of_month day_of_year days_in_month month year'.split(' '),
);

/** Wraps the largest parts that are the same at every step (`@` fixes them), so that they are evaluated once. */
export function markStepInvariant(expr: Expr): Expr {
  if (isInvariant(expr)) return wrap(expr);
  return mapChildren(expr, (child) =>
    typeOf(child) === 'matrix' ? mapChildren(child, markStepInvariant) : markStepInvariant(child),
  );
}

function wrap(expr: Expr): Expr {
  const cheap =
    expr.kind === 'number' || expr.kind === 'string' || expr.kind === 'step-invariant' || typeOf(expr) === 'matrix';
  return cheap ? expr : { kind: 'step-invariant', span: expr.span, expr };
}

function isInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'step-invariant':
      return true;
    case 'selector':
      return expr.at !== undefined;
    case 'matrix':
      return expr.selector.at !== undefined;
    case 'subquery':
      return expr.at !== undefined;
    case 'paren':
    case 'unary':
      return isInvariant(expr.expr);
    case 'binary':
      return isInvariant(expr.left) && isInvariant(expr.right);
    case 'call':
      return !DEPENDS_ON_TIME.has(expr.name) && expr.args.every(isInvariant);
    case 'aggregate':
      return isInvariant(expr.expr) && (expr.param === undefined || isInvariant(expr.param));
  }
}
