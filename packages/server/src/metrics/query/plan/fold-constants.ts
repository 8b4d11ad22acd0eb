import { arithmetic } from '../exec/arithmetic.ts';
import { type Expr, unwrap } from '../parse/ast.ts';
import { mapChildren } from './map-children.ts';

/** Computes operations between number literals once: `60 * 60 * 24` is one number. */
export function foldConstants(expr: Expr): Expr {
  const folded = mapChildren(expr, foldConstants);
  if (folded.kind === 'binary') {
    const left = unwrap(folded.left);
    const right = unwrap(folded.right);
    if (left.kind === 'number' && right.kind === 'number' && !isForVectors(folded.operator)) {
      return { kind: 'number', span: folded.span, value: arithmetic(folded.operator)(left.value, right.value) };
    }
  }
  if (folded.kind === 'unary') {
    const operand = unwrap(folded.expr);
    if (operand.kind === 'number') {
      return { kind: 'number', span: folded.span, value: folded.operator === '-' ? -operand.value : operand.value };
    }
  }
  return folded;
}

function isForVectors(operator: string): boolean {
  return operator === 'and' || operator === 'or' || operator === 'unless' || operator === '</' || operator === '>/';
}
