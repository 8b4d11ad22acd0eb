import type { NativeHistogram } from '@vedette/wire/histogram';
import {
  INCOMPATIBLE_SCHEMAS,
  addHistograms,
  divided,
  equalHistograms,
  scaled,
  subtractHistograms,
  trimmed,
} from '../histogram/index.ts';
import type { BinaryOperator } from '../parse/ast.ts';
import type { HistogramNotes } from './histogram-notes.ts';

/** A float or a native histogram. */
export type SampleValue = number | NativeHistogram;

/** The result of an arithmetic operator; for a comparison, whether it holds. Undefined: the operator has no meaning for the two. */
export type SampleResult = SampleValue | boolean | undefined;

/** A binary operator on two samples of which one at least is a native histogram; what has no result is noted. */
export function sampleOperation(
  operator: BinaryOperator,
  left: SampleValue,
  right: SampleValue,
  notes: HistogramNotes,
): SampleResult {
  const result = operate(operator, left, right, notes);
  if (result === undefined) notes.incompatibleTypes(kindOf(left), operator, kindOf(right));
  return result === INCOMPATIBLE_SCHEMAS ? undefined : result;
}

function operate(
  operator: BinaryOperator,
  left: SampleValue,
  right: SampleValue,
  notes: HistogramNotes,
): SampleResult | typeof INCOMPATIBLE_SCHEMAS {
  if (typeof left === 'number') {
    if (typeof right === 'number' || operator !== '*') return undefined;
    return scaled(right, left);
  }
  if (typeof right === 'number') {
    switch (operator) {
      case '*':
        return scaled(left, right);
      case '/':
        return divided(left, right);
      case '</':
        return trimmed(left, right, 'below');
      case '>/':
        return trimmed(left, right, 'above');
      default:
        return undefined;
    }
  }
  switch (operator) {
    case '+':
    case '-':
      return addition(operator, left, right, notes);
    case '==':
      return equalHistograms(left, right);
    case '!=':
      return !equalHistograms(left, right);
    default:
      return undefined;
  }
}

function addition(
  operator: '+' | '-',
  left: NativeHistogram,
  right: NativeHistogram,
  notes: HistogramNotes,
): NativeHistogram | typeof INCOMPATIBLE_SCHEMAS {
  const sum = operator === '+' ? addHistograms(left, right) : subtractHistograms(left, right);
  if (sum === INCOMPATIBLE_SCHEMAS) {
    notes.incompatibleLayout(operator);
    return sum;
  }
  const name = operator === '+' ? 'addition' : 'subtraction';
  if (sum.hintsCollided) notes.hintsCollided(name);
  if (sum.boundsReconciled) notes.boundsReconciled(name);
  // A difference may go down as well as up.
  return operator === '+' ? sum.histogram : { ...sum.histogram, counterResetHint: 'gauge' };
}

function kindOf(value: SampleValue): 'float' | 'histogram' {
  return typeof value === 'number' ? 'float' : 'histogram';
}
