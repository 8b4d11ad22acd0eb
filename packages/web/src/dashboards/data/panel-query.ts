import { ApiError } from '../../api/client.ts';
import type { PanelModel, TargetModel } from '@vedette/wire/http';
import { queryInstant, queryRange } from '../../api/prometheus.ts';
import { words } from '../../api/words.ts';
import { formatDurationMs, parseDurationMs } from '../../time/duration.ts';
import { type ResolvedRange, resolveRange } from '../../time/range.ts';
import { alignRange, chooseStepMs, gridSeconds, rateIntervalMs } from '../../time/step.ts';
import { type Scope, type VariableValue, interpolate } from '../variables/interpolate.ts';
import { type Frame, framesOf } from './frame.ts';

/** One query as it is sent. */
export interface PlannedQuery {
  readonly refId: string;
  readonly source: TargetModel;
  readonly expr: string;
  readonly legend: string;
  readonly instant: boolean;
  readonly table: boolean;
}

export interface PanelPlan {
  readonly queries: readonly PlannedQuery[];
  readonly range: ResolvedRange;
  readonly stepMs: number;
}

/** What one query answered, or why it did not. */
export interface QueryReport {
  readonly refId: string;
  readonly expr: string;
  readonly instant: boolean;
  readonly stepMs: number;
  readonly tookMs: number;
  readonly seriesCount: number;
  readonly warnings: readonly string[];
  readonly error: {
    readonly title: string;
    readonly detail: string;
    readonly start?: number;
    readonly end?: number;
    readonly fix?: string;
  } | null;
}

export interface PanelData {
  readonly frames: readonly Frame[];
  readonly reports: readonly QueryReport[];
  readonly range: ResolvedRange;
  readonly stepMs: number;
}

/** A panel's questions for a range and a width, with variables filled in. Equal plans have equal answers. */
export function planPanel(
  panel: PanelModel,
  variables: ReadonlyMap<string, VariableValue>,
  pageRange: ResolvedRange,
  widthPx: number,
): PanelPlan {
  const own = ownRange(panel, pageRange);
  const plainScope: Scope = { variables, ...own, stepMs: 60_000, rateIntervalMs: 60_000 };
  const intervals = [panel.intervalMin ?? '', ...panel.targets.map((target) => target.interval)]
    .map((text) => parseDurationMs(interpolate(text, plainScope, 'promql').replace(/^[>\s]+/, '')))
    .filter((ms): ms is number => ms !== null && ms > 0);
  const scrapeMs = intervals[0];
  const stepMs = chooseStepMs(own, widthPx, intervals.length > 0 ? Math.max(...intervals) : undefined);
  const range = alignRange(own, stepMs);
  const scope: Scope = { variables, ...own, stepMs, rateIntervalMs: rateIntervalMs(stepMs, scrapeMs) };
  const queries = panel.targets
    .filter((target) => !target.hide && target.expr.trim() !== '')
    .map((target): PlannedQuery => ({
      refId: target.refId,
      source: target,
      expr: interpolate(target.expr, scope, 'promql'),
      legend: interpolate(target.legendFormat, scope, 'text'),
      instant: target.instant && !(target.range && panel.type !== 'table'),
      table: panel.type === 'table' && target.format === 'table',
    }));
  return { queries, range, stepMs };
}

function ownRange(panel: PanelModel, page: ResolvedRange): ResolvedRange {
  const { timeFrom = '', timeShift = '' } = panel;
  const from =
    timeFrom === ''
      ? page
      : resolveRange({ from: timeFrom.startsWith('now') ? timeFrom : `now-${timeFrom}`, to: 'now' }, page.toMs);
  const shift = parseDurationMs(timeShift.replace(/^now-/, '')) ?? 0;
  const range = from ?? page;
  return { fromMs: range.fromMs - shift, toMs: range.toMs - shift };
}

/** Asks all queries of a panel at once; one that fails leaves the others drawn. */
export async function runPanel(plan: PanelPlan, signal: AbortSignal): Promise<PanelData> {
  const grid = gridSeconds(plan.range, plan.stepMs);
  const answers = await Promise.all(plan.queries.map((query) => runQuery(query, plan, grid, signal)));
  return {
    frames: answers.flatMap((answer) => answer.frames),
    reports: answers.map((answer) => answer.report),
    range: plan.range,
    stepMs: plan.stepMs,
  };
}

async function runQuery(
  query: PlannedQuery,
  plan: PanelPlan,
  grid: readonly number[],
  signal: AbortSignal,
): Promise<{ frames: readonly Frame[]; report: QueryReport }> {
  const base = { refId: query.refId, expr: query.expr, instant: query.instant, stepMs: plan.stepMs };
  const { problem } = query.source;
  if (problem) {
    const error = {
      title: 'The query is not valid',
      detail: problem.message,
      start: problem.start,
      end: problem.end,
      ...(problem.fix ? { fix: problem.fix } : {}),
    };
    return { frames: [], report: { ...base, expr: query.source.expr, tookMs: 0, seriesCount: 0, warnings: [], error } };
  }
  const startedMs = performance.now();
  try {
    const { data, warnings } = query.instant
      ? await queryInstant(query.expr, plan.range.toMs, signal)
      : await queryRange(
          { expr: query.expr, startMs: plan.range.fromMs, endMs: plan.range.toMs, stepMs: plan.stepMs },
          signal,
        );
    const frames = framesOf(data, {
      refId: query.refId,
      expr: query.expr,
      legend: query.legend,
      table: query.table,
      grid,
    });
    const seriesCount = data.resultType === 'matrix' || data.resultType === 'vector' ? data.result.length : 1;
    return { frames, report: { ...base, tookMs: performance.now() - startedMs, seriesCount, warnings, error: null } };
  } catch (error) {
    // Without a connection the last picture stays; the page says that it is old.
    if (signal.aborted || (error instanceof ApiError && error.kind === 'network')) throw error;
    return {
      frames: [],
      report: { ...base, tookMs: performance.now() - startedMs, seriesCount: 0, warnings: [], error: words(error) },
    };
  }
}

/** The form fields of a query, for people who want to repeat it by hand. */
export function describeRequest(report: QueryReport, range: ResolvedRange): string {
  if (report.instant) return `POST /api/v1/query · time=${range.toMs / 1000}`;
  return `POST /api/v1/query_range · start=${range.fromMs / 1000} · end=${range.toMs / 1000} · step=${formatDurationMs(report.stepMs)}`;
}
