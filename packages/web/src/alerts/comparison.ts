import {
  BinaryExpr,
  Eql,
  Gte,
  Gtr,
  Lss,
  Lte,
  Neq,
  NumberDurationLiteral,
  ParenExpr,
  UnaryExpr,
  parser,
} from '@prometheus-io/lezer-promql';

export interface Comparison {
  /** What is compared: the expression to draw. */
  readonly left: string;
  /** The number it is compared with; null when that is an expression. */
  readonly threshold: number | null;
}

const COMPARISONS: ReadonlySet<number> = new Set([Eql, Gte, Gtr, Lss, Lte, Neq]);

/** The comparison at the top of an expression; null when it ends with anything else. A comparison itself gives points only while it holds. */
export function comparisonOf(query: string): Comparison | null {
  let node = parser.parse(query).topNode.firstChild;
  while (node?.type.id === ParenExpr) node = node.firstChild?.nextSibling ?? node.firstChild;
  if (node?.type.id !== BinaryExpr) return null;
  const left = node.firstChild;
  const operator = left?.nextSibling;
  const right = node.lastChild;
  if (!left || !operator || !right || !COMPARISONS.has(operator.type.id)) return null;
  const isNumber =
    right.type.id === NumberDurationLiteral ||
    (right.type.id === UnaryExpr && right.lastChild?.type.id === NumberDurationLiteral);
  const value = isNumber ? Number(query.slice(right.from, right.to).replaceAll(' ', '')) : Number.NaN;
  return { left: query.slice(left.from, left.to), threshold: Number.isFinite(value) ? value : null };
}
