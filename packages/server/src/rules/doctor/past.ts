import { unixMs } from '../../base/clock.ts';
import { type Expr, formatExpr } from '../../metrics/query/index.ts';
import type { QueryEngine, SeriesPoints } from '../../model/ports.ts';
import type { TimeWindow } from '../../model/time-window.ts';
import { PAST_POINTS_MAX, PAST_STEPS_MAX, QUERY_SAMPLES_MAX } from './limits.ts';

export interface Past {
  readonly window: TimeWindow;
  /** True when the steps are those of real evaluations. */
  readonly isExact: boolean;
  readonly series: readonly SeriesPoints[];
}

/** Steps that a past of so many series allows: those of evaluations, or whole multiples of them. */
export function pastWindow(window: TimeWindow, intervalMs: number, seriesCount: number): TimeWindow {
  const lengthMs = window.endMs - window.startMs;
  const byPoints = Math.ceil((lengthMs * Math.max(1, seriesCount)) / intervalMs / PAST_POINTS_MAX);
  const bySteps = Math.ceil(lengthMs / intervalMs / (PAST_STEPS_MAX - 1));
  const stepMs = intervalMs * Math.max(1, byPoints, bySteps);
  const endMs = Math.floor(window.endMs / stepMs) * stepMs;
  const steps = Math.floor((endMs - window.startMs) / stepMs);
  return { startMs: unixMs(endMs - steps * stepMs), endMs: unixMs(endMs), stepMs };
}

/** What an expression gave at each evaluation of the past. Throws what the engine throws. */
export async function readPast(
  engine: QueryEngine,
  expr: Expr,
  window: TimeWindow,
  intervalMs: number,
  signal: AbortSignal,
): Promise<Past> {
  const { series } = await engine.range(formatExpr(expr), window, { signal, samplesMax: QUERY_SAMPLES_MAX });
  return { window, isExact: window.stepMs === intervalMs, series };
}

/** Least and most of all points; undefined where there is none. */
export function extremes(series: readonly SeriesPoints[]): { readonly min: number; readonly max: number } | undefined {
  let min = Infinity;
  let max = -Infinity;
  for (const { value } of series)
    for (const one of value) {
      if (one < min) min = one;
      if (one > max) max = one;
    }
  return min > max ? undefined : { min, max };
}
