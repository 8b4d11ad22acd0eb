import type { Expr } from '../parse/ast.ts';
import { foldConstants } from './fold-constants.ts';
import { markStepInvariant } from './mark-step-invariant.ts';

/** Rewrites a checked tree into an equal one that is cheaper to evaluate; one optimizer per file. */
export function plan(expr: Expr): Expr {
  return markStepInvariant(foldConstants(expr));
}
