import type { SharedSeries } from '../../../model/ports.ts';
import type { WindowGrid } from './grid.ts';

/** What other threads shall compute: a kernel (see range-kernels.ts) over all series of a selection in shared memory. */
export interface RangeWork {
  readonly kernel: string;
  /** Scalar arguments, one value per step each. */
  readonly args: readonly Float64Array[];
  readonly windows: WindowGrid;
  readonly series: SharedSeries;
  readonly rows: number;
}

/** Rows of one call that other threads compute while this one consumes them from the first to the last. */
export interface RowsAhead extends Disposable {
  /** Writes the row as its kernel would; gives how many samples it was made of, -1 when the caller has to compute it. */
  take(row: number, values: Float64Array, present: Uint8Array): number;
}

/** Threads that compute rows of range functions. */
export interface RangeHelper {
  /** Undefined when the work is too little or all hands are busy. */
  ahead(work: RangeWork): RowsAhead | undefined;
}
