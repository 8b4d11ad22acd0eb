import type { Expr, TimeModifiers } from '../parse/ast.ts';
import { formatExpr } from '../parse/format.ts';
import { childrenOf } from '../parse/walk.ts';
import { mapChildren } from '../plan/map-children.ts';

/** A query that must answer the same as the one it was made of. */
export interface Variant {
  readonly query: string;
  readonly atMs: number;
}

/** Functions whose value may change with the evaluation time even where all selectors are fixed by `@`. */
const TIME_DEPENDENT: ReadonlySet<string> = new Set(
  'days_in_month day_of_month day_of_week day_of_year end hour minute month year predict_linear range start step time timestamp'.split(
    ' ',
  ),
);

/**
 * The query with every selector fixed at `atMs`, evaluated then and at other times: all answers must be equal. None where a function
 * depends on the evaluation time itself.
 */
export function atVariants(expr: Expr, atMs: number): readonly Variant[] {
  if (dependsOnTime(expr)) return [];
  const query = formatExpr(fixed(expr, atMs));
  const times = atMs === 0 ? [-1000, 0, 1000] : [-10 * atMs, 0, Math.trunc(atMs / 5), atMs, 10 * atMs];
  return times.map((time) => ({ query, atMs: time }));
}

function dependsOnTime(expr: Expr): boolean {
  return (expr.kind === 'call' && TIME_DEPENDENT.has(expr.name)) || childrenOf(expr).some(dependsOnTime);
}

function fixed(expr: Expr, atMs: number): Expr {
  switch (expr.kind) {
    case 'selector':
      return fixedNode(expr, atMs);
    case 'matrix':
      return { ...expr, selector: fixedNode(expr.selector, atMs) };
    case 'subquery':
      // What is inside a fixed subquery is evaluated at the times the subquery says.
      return fixedNode(expr, atMs);
    default:
      return mapChildren(expr, (child) => fixed(child, atMs));
  }
}

function fixedNode<Node extends TimeModifiers>(node: Node, atMs: number): Node {
  return node.at === undefined ? { ...node, at: atMs } : node;
}
