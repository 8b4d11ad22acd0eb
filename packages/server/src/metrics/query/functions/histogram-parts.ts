import type { NativeHistogram } from '@vedette/wire/histogram';
import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { mergeEqualRows } from '../exec/merge.ts';
import { ABSENT, FLOAT, HISTOGRAM, type HistogramRow } from '../exec/stream.ts';
import { histogramVariance } from '../histogram/index.ts';
import { type FunctionFamily, argument } from './argument.ts';

/** A number of each native histogram alone; floats are left out. */
function ofHistogram(compute: (histogram: NativeHistogram) => number): FunctionEvaluation {
  return async (call, grid, evaluator) => {
    const stream = await evaluator.vector(argument(call, 0), grid);
    const natives: HistogramRow = [];
    const result = {
      labels: stream.labels,
      nameMark: new Uint8Array(stream.labels.length).fill(evaluator.dropMark),
      distinct: stream.distinct,
      fill: (row: number, values: Float64Array, present: Uint8Array) => {
        stream.fill(row, values, present, natives);
        for (let k = 0; k < grid.steps; k++) {
          if (present[k] === HISTOGRAM) {
            values[k] = compute(natives[k] as NativeHistogram);
            present[k] = FLOAT;
          } else present[k] = ABSENT;
        }
      },
    };
    return { type: 'vector', stream: mergeEqualRows(result, grid.steps) };
  };
}

export const histogramPartFunctions: FunctionFamily = {
  histogram_count: ofHistogram(({ count }) => count),
  histogram_sum: ofHistogram(({ sum }) => sum),
  histogram_avg: ofHistogram(({ sum, count }) => sum / count),
  histogram_stddev: ofHistogram((histogram) => Math.sqrt(histogramVariance(histogram))),
  histogram_stdvar: ofHistogram(histogramVariance),
};
