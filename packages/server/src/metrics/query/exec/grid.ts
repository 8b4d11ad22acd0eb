import type { ExtendedWindows } from './extended-windows.ts';

/** The evaluation times of a (sub)expression: startMs, startMs + stepMs, …, `steps` of them. One step for an instant. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

export function gridEnd(grid: Grid): number {
  return grid.startMs + (grid.steps - 1) * grid.stepMs;
}

/**
 * Where the sample windows of a selector lie: window k is (end - rangeMs, end] with end = firstEndMs + k * endStepMs. A selector fixed
 * by `@` has endStepMs 0.
 */
export interface WindowGrid {
  readonly firstEndMs: number;
  readonly endStepMs: number;
  readonly rangeMs: number;
  readonly grid: Grid;
  /** Set when the windows were widened for `anchored` or `smoothed`: where the windows proper lie. */
  readonly extended?: ExtendedWindows;
}

/** Applies offset and `@` (already resolved to milliseconds) to the evaluation times. */
export function windowGrid(grid: Grid, rangeMs: number, offsetMs: number, atMs: number | undefined): WindowGrid {
  return {
    firstEndMs: (atMs ?? grid.startMs) - offsetMs,
    endStepMs: atMs === undefined ? grid.stepMs : 0,
    rangeMs,
    grid,
  };
}

export function lastWindowEnd(windows: WindowGrid): number {
  return windows.firstEndMs + (windows.grid.steps - 1) * windows.endStepMs;
}
