import type { UnixMs } from '../base/clock.ts';

/** A range of evaluation times: startMs, startMs + stepMs, … up to and including endMs. */
export interface TimeWindow {
  readonly startMs: UnixMs;
  readonly endMs: UnixMs;
  readonly stepMs: number;
}

export function stepCount(window: TimeWindow): number {
  return Math.floor((window.endMs - window.startMs) / window.stepMs) + 1;
}
