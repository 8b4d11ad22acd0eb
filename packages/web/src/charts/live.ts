import type { ResolvedRange } from '../time/range.ts';
import type { ChartModel } from './chart-model.ts';

/** What the callbacks inside uPlot read; replaced at each render, so that new data needs no new chart. */
export interface Live {
  readonly model: ChartModel;
  readonly range: ResolvedRange;
  readonly onZoom: (range: ResolvedRange) => void;
}
