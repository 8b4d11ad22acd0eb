import type { NativeHistogram } from '@vedette/wire/histogram';
import type { SampleBuffer } from '../../../model/sample.ts';
import type { RangeSource } from './evaluator.ts';
import type { Grid, WindowGrid } from './grid.ts';
import { lastWindowEnd } from './grid.ts';
import { FLOAT, HISTOGRAM, Row, type VectorStream } from './stream.ts';

/** Evaluation times of a subquery: multiples of its step inside the union of all windows, whose left end is open. */
export function subqueryGrid(windows: WindowGrid, stepMs: number): Grid {
  const afterMs = windows.firstEndMs - windows.rangeMs;
  const startMs = (Math.floor(afterMs / stepMs) + 1) * stepMs;
  const endMs = lastWindowEnd(windows);
  return { startMs, stepMs, steps: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) };
}

/** Turns the rows of a subquery into samples. */
export function subquerySource(stream: VectorStream, grid: Grid, windows: WindowGrid): RangeSource {
  const row = new Row(grid.steps);
  return {
    labels: stream.labels,
    nameMark: stream.nameMark,
    distinct: stream.distinct,
    windows,
    read: (index, into: SampleBuffer) => {
      into.clear();
      if (grid.steps === 0) return;
      stream.fill(index, row.values, row.present, row.histograms);
      into.reserve(grid.steps);
      for (let k = 0; k < grid.steps; k++) {
        const atMs = grid.startMs + k * grid.stepMs;
        if (row.present[k] === FLOAT) into.push(atMs, row.values[k] as number);
        else if (row.present[k] === HISTOGRAM) into.pushHistogram(atMs, unhinted(row.histograms[k] as NativeHistogram));
      }
    },
  };
}

/** A subquery may step over samples, so what is known about the sample right before does not count. */
function unhinted(histogram: NativeHistogram): NativeHistogram {
  const { counterResetHint } = histogram;
  return counterResetHint === 'reset' || counterResetHint === 'not_reset'
    ? { ...histogram, counterResetHint: 'unknown' }
    : histogram;
}
