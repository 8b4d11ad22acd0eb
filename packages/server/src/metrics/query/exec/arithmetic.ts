import type { BinaryOperator } from '../parse/ast.ts';

export type Arithmetic = (a: number, b: number) => number;

const OPERATIONS: Readonly<Partial<Record<BinaryOperator, Arithmetic>>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  // Go's math.Mod and JavaScript's remainder agree, signs and infinities included.
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

/** Comparisons answer 1 or 0. */
const COMPARISONS: Readonly<Partial<Record<BinaryOperator, Arithmetic>>> = {
  '==': (a, b) => (a === b ? 1 : 0),
  '!=': (a, b) => (a === b ? 0 : 1),
  '<': (a, b) => (a < b ? 1 : 0),
  '<=': (a, b) => (a <= b ? 1 : 0),
  '>': (a, b) => (a > b ? 1 : 0),
  '>=': (a, b) => (a >= b ? 1 : 0),
};

export function arithmetic(operator: BinaryOperator): Arithmetic {
  const operation = OPERATIONS[operator] ?? COMPARISONS[operator];
  if (!operation) throw new Error(`${operator} is no arithmetic operator`);
  return operation;
}

/** As Go's math.Pow, which takes 1 to any power and -1 to an infinite power for 1. */
function power(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && (b === Infinity || b === -Infinity)) return 1;
  return a ** b;
}
