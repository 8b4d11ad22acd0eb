import { ApiError } from '../api/client.ts';
import { type LabelSet, queryInstant, queryRange } from '../api/prometheus.ts';
import { words } from '../api/words.ts';
import { type Frame, framesOf } from '../dashboards/data/frame.ts';
import type { ResolvedRange } from '../time/range.ts';
import { alignRange, chooseStepMs, gridSeconds } from '../time/step.ts';

export interface ExploreRequest {
  readonly queries: readonly string[];
  readonly range: ResolvedRange;
  readonly instant: boolean;
  /** Null: chosen for the width. */
  readonly stepMs: number | null;
}

export interface ExploreAnswer {
  readonly query: string;
  readonly frames: readonly Frame[];
  readonly rows: readonly { readonly labels: LabelSet; readonly value: number | null }[];
  readonly tookMs: number;
  readonly warnings: readonly string[];
  readonly error: { readonly title: string; readonly detail: string } | null;
}

export interface ExploreResult {
  readonly answers: readonly ExploreAnswer[];
  readonly range: ResolvedRange;
  readonly stepMs: number;
}

const CHART_PX = 1_000;

export async function runQueries(request: ExploreRequest, signal: AbortSignal): Promise<ExploreResult> {
  const stepMs = request.stepMs ?? chooseStepMs(request.range, CHART_PX);
  // An instant is asked about as it is: at the step before it the newest series may not have begun.
  const range = request.instant ? request.range : alignRange(request.range, stepMs);
  const grid = gridSeconds(range, stepMs);
  const answers = await Promise.all(
    request.queries.map((query, index) => runOne(query, index, { ...request, range, stepMs }, grid, signal)),
  );
  return { answers, range, stepMs };
}

async function runOne(
  query: string,
  index: number,
  request: ExploreRequest & { readonly stepMs: number },
  grid: readonly number[],
  signal: AbortSignal,
): Promise<ExploreAnswer> {
  const startedMs = performance.now();
  try {
    const { data, warnings } = request.instant
      ? await queryInstant(query, request.range.toMs, signal)
      : await queryRange(
          { expr: query, startMs: request.range.fromMs, endMs: request.range.toMs, stepMs: request.stepMs },
          signal,
        );
    const frames = framesOf(data, {
      refId: String.fromCodePoint(65 + index),
      expr: query,
      legend: '',
      table: false,
      grid,
    });
    const rows = frames.map((frame) => {
      const field = frame.fields.at(-1);
      const value = field?.values.findLast((entry) => entry !== null);
      return { labels: field?.labels ?? {}, value: typeof value === 'number' ? value : null };
    });
    return { query, frames, rows, tookMs: performance.now() - startedMs, warnings, error: null };
  } catch (error) {
    // Without a connection the last answer stays; the page says that it is old.
    if (signal.aborted || (error instanceof ApiError && error.kind === 'network')) throw error;
    return { query, frames: [], rows: [], tookMs: performance.now() - startedMs, warnings: [], error: words(error) };
  }
}
