import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { absentFunctions } from './absent.ts';
import { dateFunctions } from './date.ts';
import { histogramFunctions } from './histogram.ts';
import { histogramPartFunctions } from './histogram-parts.ts';
import { infoFunctions } from './info.ts';
import { labelFunctions } from './labels.ts';
import { mathFunctions } from './math.ts';
import { overTimeFunctions } from './over-time.ts';
import { queryWindowFunctions } from './query-window.ts';
import { rateFunctions } from './rate.ts';
import { scalarFunctions } from './scalar.ts';
import { sortFunctions } from './sort.ts';
import { trendFunctions } from './trend.ts';

const FUNCTIONS: ReadonlyMap<string, FunctionEvaluation> = new Map([
  ...Object.entries(absentFunctions),
  ...Object.entries(dateFunctions),
  ...Object.entries(histogramFunctions),
  ...Object.entries(histogramPartFunctions),
  ...Object.entries(infoFunctions),
  ...Object.entries(labelFunctions),
  ...Object.entries(mathFunctions),
  ...Object.entries(overTimeFunctions),
  ...Object.entries(queryWindowFunctions),
  ...Object.entries(rateFunctions),
  ...Object.entries(scalarFunctions),
  ...Object.entries(sortFunctions),
  ...Object.entries(trendFunctions),
]);

/** The evaluation of a function that `parse/function-signatures.ts` knows. */
export function functionNamed(name: string): FunctionEvaluation | undefined {
  return FUNCTIONS.get(name);
}

export function implementedFunctions(): readonly string[] {
  return [...FUNCTIONS.keys()];
}
