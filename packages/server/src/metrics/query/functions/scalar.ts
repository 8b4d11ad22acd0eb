import { Labels } from '../../../model/labels.ts';
import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { mapValues } from '../exec/scalar-operator.ts';
import { FLOAT, KEEP_NAME, Row, emptyStream } from '../exec/stream.ts';
import { type FunctionFamily, argument } from './argument.ts';

const time: FunctionEvaluation = async (_call, grid) => {
  const values = new Float64Array(grid.steps);
  for (let k = 0; k < grid.steps; k++) values[k] = (grid.startMs + k * grid.stepMs) / 1000;
  return { type: 'scalar', values };
};

const pi: FunctionEvaluation = async (_call, grid) => ({
  type: 'scalar',
  values: new Float64Array(grid.steps).fill(Math.PI),
});

const vector: FunctionEvaluation = async (call, grid, evaluator) => {
  const scalar = await evaluator.scalar(argument(call, 0), grid);
  return {
    type: 'vector',
    stream: {
      labels: [Labels.EMPTY],
      nameMark: Uint8Array.of(KEEP_NAME),
      distinct: true,
      fill: (_row, values, present) => {
        values.set(scalar);
        present.fill(1);
      },
    },
  };
};

/** The value where exactly one float is present, else NaN. */
const scalar: FunctionEvaluation = async (call, grid, evaluator) => {
  const stream = await evaluator.vector(argument(call, 0), grid);
  const { steps } = grid;
  const values = new Float64Array(steps).fill(NaN);
  const seen = new Uint8Array(steps);
  const row = new Row(steps);
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    for (let k = 0; k < steps; k++) {
      // Histograms do not count.
      if (row.present[k] !== FLOAT) continue;
      values[k] = seen[k] === 0 ? (row.values[k] as number) : NaN;
      seen[k] = 1;
    }
    if (evaluator.budget.due()) await evaluator.budget.turn();
  }
  return { type: 'scalar', values };
};

/** Of anything but a selector, a sample's time is the evaluation time. */
const timestamp: FunctionEvaluation = async (call, grid, evaluator) => {
  const stream = await evaluator.vector(argument(call, 0), grid);
  return {
    type: 'vector',
    stream: mapValues(stream, grid.steps, (_value, k) => (grid.startMs + k * grid.stepMs) / 1000, evaluator, 'all'),
  };
};

/** Only samples have a start time; a selector is answered before this is asked. */
const startTimestamp: FunctionEvaluation = async (call, grid, evaluator) => {
  await evaluator.vector(argument(call, 0), grid);
  return { type: 'vector', stream: emptyStream() };
};

export const scalarFunctions: FunctionFamily = { time, pi, vector, scalar, timestamp, start_timestamp: startTimestamp };
