import type { ResolvedRange } from './range.ts';

/** Round widths between points, so that neighbouring charts share a grid and repeated requests are alike. */
const STEPS_S = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800,
  2_592_000,
] as const;

/** The scrape interval assumed where a panel names none; Prometheus's and Grafana's default. */
export const SCRAPE_INTERVAL_DEFAULT_MS = 15_000;

/** Finer than this shows repeated values for every scrape interval in use. */
const STEP_MS_MIN = 5_000;

/** The Prometheus API refuses more points than this per series. */
const POINTS_MAX = 11_000;

/** The smallest round step that gives at most one point per two pixels and at most 11,000 points. */
export function chooseStepMs(range: ResolvedRange, widthPx: number, minStepMs = STEP_MS_MIN): number {
  const spanMs = range.toMs - range.fromMs;
  const pointsMax = Math.min(POINTS_MAX, Math.max(2, Math.floor(widthPx / 2)));
  const wanted = Math.max(minStepMs, spanMs / pointsMax);
  const round = STEPS_S.find((step) => step * 1000 >= wanted);
  return round === undefined ? Math.ceil(wanted / 86_400_000) * 86_400_000 : Math.max(round * 1000, minStepMs);
}

/** Both ends on multiples of the step: the same question a moment later has the same answer. */
export function alignRange(range: ResolvedRange, stepMs: number): ResolvedRange {
  return {
    fromMs: Math.floor(range.fromMs / stepMs) * stepMs,
    toMs: Math.max(Math.floor(range.toMs / stepMs), Math.floor(range.fromMs / stepMs) + 1) * stepMs,
  };
}

/** Grafana's $__rate_interval: always holds at least four scrapes, so that rate() has points. */
export function rateIntervalMs(stepMs: number, scrapeIntervalMs = SCRAPE_INTERVAL_DEFAULT_MS): number {
  return Math.max(stepMs + scrapeIntervalMs, 4 * scrapeIntervalMs);
}

/** Sample times of a range query, in Unix seconds. */
export function gridSeconds(range: ResolvedRange, stepMs: number): number[] {
  const count = Math.floor((range.toMs - range.fromMs) / stepMs) + 1;
  return Array.from({ length: count }, (_, index) => (range.fromMs + index * stepMs) / 1000);
}
