import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { gridEnd } from '../exec/grid.ts';
import { type FunctionFamily, argument } from './argument.ts';

/** A function of the window of the whole query, in seconds; an instant query has one without length and step. */
function ofWindow(seconds: (startMs: number, endMs: number, stepMs: number) => number): FunctionEvaluation {
  return async (_call, grid, { window, isRange }) => {
    const value = seconds(window.startMs, gridEnd(window), isRange ? window.stepMs : 0) / 1000;
    return { type: 'scalar', values: new Float64Array(grid.steps).fill(value) };
  };
}

function ofTwo(pick: (a: number, b: number) => number): FunctionEvaluation {
  return async (call, grid, evaluator) => {
    const left = await evaluator.scalar(argument(call, 0), grid);
    const right = await evaluator.scalar(argument(call, 1), grid);
    return { type: 'scalar', values: left.map((value, k) => pick(value, right[k] as number)) };
  };
}

/** Experimental. `@` and durations know start, end, step and range as well, see plan/durations.ts. */
export const queryWindowFunctions: FunctionFamily = {
  start: ofWindow((startMs) => startMs),
  end: ofWindow((_startMs, endMs) => endMs),
  range: ofWindow((startMs, endMs) => endMs - startMs),
  step: ofWindow((_startMs, _endMs, stepMs) => stepMs),
  min_of: ofTwo(Math.min),
  max_of: ofTwo(Math.max),
};
