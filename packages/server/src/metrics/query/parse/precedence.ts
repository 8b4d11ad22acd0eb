import type { BinaryOperator } from './ast.ts';

/** How tightly operators bind; signs bind like `*`, so that `-a ^ b` is `-(a ^ b)`. */
export const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

const SET_OPERATORS: ReadonlySet<BinaryOperator> = new Set(['and', 'or', 'unless']);

export function isSetOperator(operator: BinaryOperator): boolean {
  return SET_OPERATORS.has(operator);
}
