import { type Binary, type BinaryOperator, type Expr, isComparison, unwrap } from '../../metrics/query/index.ts';

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** `subject operator threshold`, the number always at the right; it keeps the series for which it is true. */
export interface Comparison {
  readonly node: Binary;
  readonly subject: Expr;
  readonly operator: ComparisonOperator;
  readonly threshold: number;
  /** The side that is a number, as written. */
  readonly number: Expr;
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** The value of an expression of numbers; undefined when it reads anything. */
export function constantOf(expr: Expr): number | undefined {
  const inner = unwrap(expr);
  switch (inner.kind) {
    case 'number':
      return inner.value;
    case 'unary': {
      const value = constantOf(inner.expr);
      return value === undefined ? undefined : inner.operator === '-' ? -value : value;
    }
    case 'binary': {
      const left = constantOf(inner.left);
      const right = constantOf(inner.right);
      return left === undefined || right === undefined ? undefined : arithmetic(inner.operator, left, right);
    }
    default:
      return undefined;
  }
}

function arithmetic(operator: BinaryOperator, left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
    default:
      return undefined;
  }
}

export function comparisonOf(expr: Expr): Comparison | undefined {
  const node = unwrap(expr);
  if (node.kind !== 'binary' || node.bool || !isComparison(node.operator)) return undefined;
  const operator = node.operator as ComparisonOperator;
  const right = constantOf(node.right);
  const left = constantOf(node.left);
  if (right !== undefined && left === undefined)
    return { node, subject: node.left, operator, threshold: right, number: node.right };
  if (left !== undefined && right === undefined)
    return { node, subject: node.right, operator: MIRRORED[operator], threshold: left, number: node.left };
  return undefined;
}

/** Every comparison with a number that decides whether the rule gives something; the first is the one people mean. */
export function comparisonsOf(expr: Expr): readonly Comparison[] {
  const node = unwrap(expr);
  const own = comparisonOf(node);
  if (own) return [own, ...comparisonsOf(own.subject)];
  if (node.kind === 'binary') {
    const sides = node.operator === 'unless' ? [node.left] : [node.left, node.right];
    return sides.flatMap(comparisonsOf);
  }
  return node.kind === 'aggregate' ? comparisonsOf(node.expr) : [];
}

export function holds(operator: ComparisonOperator, value: number, threshold: number): boolean {
  switch (operator) {
    case '==':
      return value === threshold;
    case '!=':
      return value !== threshold;
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
  }
}
