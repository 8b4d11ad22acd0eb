import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import { words } from '../../api/words.ts';
import type { ChartModel } from '../../charts/chart-model.ts';
import { plainLine } from '../../charts/plain-line.ts';
import { TimeSeriesChart } from '../../charts/time-series-chart.tsx';
import { useSize } from '../../charts/use-size.ts';
import type { Frame } from '../../dashboards/data/frame.ts';
import { runQueries } from '../../explore/run-queries.ts';
import { paletteColor, visibleOnSurface } from '../../format/color.ts';
import { routes } from '../../routes.ts';
import { chooseStepMs } from '../../time/step.ts';
import { useTime } from '../../time/time-context.tsx';
import { useTheme } from '../../ui/theme.ts';

/** A camera depends on a handful of GPUs at most; more lines tell nothing at this size. */
const LINES_MAX = 16;
const EXPECTED = '#d9a514';
const BLUE = 2;
const FEW_POINTS = 2;

/** Room above a line at the edge. */
const HEADROOM = 0.08;

/** Bounds that have what is expected inside; the chart chooses where the values themselves reach further. */
function boundsWith(
  expected: number | undefined,
  frames: readonly Frame[],
): { min: number | null; max: number | null } {
  if (expected === undefined) return { min: null, max: null };
  const values = frames
    .flatMap((frame) => frame.fields.at(-1)?.values ?? [])
    .filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const room = Math.abs(expected) * HEADROOM;
  return { min: expected < low ? expected - room : null, max: expected > high ? expected + room : null };
}

/** One PromQL expression over the page's range, with what is expected as a dashed line. */
export function MiniChart({
  query,
  title,
  unit,
  expected,
}: {
  readonly query: string;
  readonly title: string;
  /** Of charts; see figure-unit.ts. */
  readonly unit: string;
  readonly expected?: number | undefined;
}): ReactNode {
  const { range, raw, setRange } = useTime();
  const theme = useTheme();
  const [host, { width }] = useSize<HTMLDivElement>();
  const stepMs = chooseStepMs(range, Math.max(200, width));
  const asked = useQuery({
    queryKey: ['mini-chart', query, range.fromMs, range.toMs, stepMs],
    queryFn: ({ signal }) => runQueries({ queries: [query], range, instant: false, stepMs }, signal),
    enabled: width > 0,
    placeholderData: (before) => before,
  });
  const model = useMemo((): ChartModel | null => {
    if (!asked.data) return null;
    const frames = asked.data.answers.flatMap((answer) => answer.frames);
    return {
      x: ((frames[0]?.fields[0]?.values ?? []) as readonly number[]).map((ms) => ms / 1000),
      series: frames.slice(0, LINES_MAX).map((frame, index) => {
        const field = frame.fields.at(-1);
        const line = plainLine(field, visibleOnSurface(paletteColor(index + BLUE), theme));
        // A line of one or two samples would not be seen.
        const few = line.values.filter((value) => value !== null).length <= FEW_POINTS;
        return { ...line, unit, points: few ? 'always' : line.points };
      }),
      left: { label: '', unit, decimals: null, ...boundsWith(expected, frames), log: false, hidden: false },
      right: null,
      thresholds: expected === undefined ? [] : [{ value: expected, color: visibleOnSurface(EXPECTED, theme) }],
      thresholdsStyle: expected === undefined ? 'off' : 'dashed',
      tooltip: 'multi',
    };
  }, [asked.data, theme, unit, expected]);
  const failure = asked.data?.answers[0]?.error ?? (asked.error && !asked.data ? words(asked.error) : null);
  return (
    <div ref={host} className="flex h-32 min-w-0 flex-col">
      {failure ? (
        <p role="alert" className="text-xs break-words text-bad">
          {failure.detail}
        </p>
      ) : model && asked.data ? (
        model.series.length === 0 ? (
          <p className="m-auto text-xs text-ink3">
            No samples in this range.{' '}
            <Link href={routes.explore({ queries: [query], ...raw })} className="text-accent underline">
              Query
            </Link>
          </p>
        ) : (
          <TimeSeriesChart
            model={model}
            range={asked.data.range}
            syncKey="camera"
            label={`${title} over time${expected === undefined ? '' : '; dashed: what is expected'}`}
            onZoom={(zoomed) => setRange({ from: String(zoomed.fromMs), to: String(zoomed.toMs) })}
          />
        )
      ) : null}
    </div>
  );
}
