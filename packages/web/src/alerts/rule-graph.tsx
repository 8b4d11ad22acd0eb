import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { type QueryData, type Rule, queryRange } from '../api/prometheus.ts';
import { words } from '../api/words.ts';
import type { ChartModel, ChartShade } from '../charts/chart-model.ts';
import { plainLine } from '../charts/plain-line.ts';
import { TimeSeriesChart } from '../charts/time-series-chart.tsx';
import { runQueries } from '../explore/run-queries.ts';
import { paletteColor, visibleOnSurface } from '../format/color.ts';
import { useTime } from '../time/time-context.tsx';
import { ErrorBox, Loading } from '../ui/states.tsx';
import { useTheme } from '../ui/theme.ts';

/** More lines than this tell nothing in a chart. */
const LINES_MAX = 200;
const PENDING = '#d9a514';
const FIRING = '#e0455e';

/** What the rule compares, its threshold, and behind it when alerts of it were pending and firing. */
export function RuleGraph({ rule }: { readonly rule: Rule }): ReactNode {
  const { range, setRange } = useTime();
  const theme = useTheme();
  const asked = useQuery({
    queryKey: ['rule-graph', rule.name, rule.query, range.fromMs, range.toMs],
    queryFn: async ({ signal }) => {
      // The parser comes with this page only.
      const { comparisonOf } = await import('./comparison.ts');
      const comparison = comparisonOf(rule.query);
      const request = { queries: [comparison?.left ?? rule.query], range, instant: false, stepMs: null };
      const result = await runQueries(request, signal);
      const states = rule.type === 'alerting' ? await statesOf(rule.name, result.range, result.stepMs, signal) : [];
      return { comparison, result, states, stepS: result.stepMs / 1000 };
    },
    placeholderData: (before) => before,
  });
  const model = useMemo((): ChartModel | null => {
    if (!asked.data) return null;
    const { result, comparison, states } = asked.data;
    const frames = result.answers.flatMap((answer) => answer.frames);
    const threshold = comparison?.threshold ?? null;
    return {
      x: ((frames[0]?.fields[0]?.values ?? []) as readonly number[]).map((ms) => ms / 1000),
      series: frames.slice(0, LINES_MAX).map((frame, index) => {
        const field = frame.fields.at(-1);
        return plainLine(field, visibleOnSurface(paletteColor(index), theme));
      }),
      left: { label: '', unit: 'sishort', decimals: null, min: null, max: null, log: false, hidden: false },
      right: null,
      thresholds: threshold === null ? [] : [{ value: threshold, color: visibleOnSurface(FIRING, theme) }],
      thresholdsStyle: threshold === null ? 'off' : 'dashed',
      tooltip: 'multi',
      shades: states,
    };
  }, [asked.data, theme]);
  const failure = asked.data?.result.answers[0]?.error ?? (asked.error ? words(asked.error) : null);
  if (failure) return <ErrorBox {...failure} onRetry={() => void asked.refetch()} />;
  if (!model || !asked.data) return <Loading label="Drawing what the rule compares" />;
  const lines = asked.data.result.answers.reduce((sum, answer) => sum + answer.frames.length, 0);
  return (
    <figure className="flex flex-col gap-1 rounded-md border border-line bg-surface p-2">
      {lines === 0 ? (
        <p className="p-4 text-center text-ink2">Nothing answers this query in this range.</p>
      ) : (
        <div className="h-64">
          <TimeSeriesChart
            model={model}
            range={asked.data.result.range}
            syncKey="rule"
            label={`What ${rule.name} compares: ${lines} series${rule.type === 'alerting' ? ', shaded while alerts were pending or firing' : ''}`}
            onZoom={(zoomed) => setRange({ from: String(zoomed.fromMs), to: String(zoomed.toMs) })}
          />
        </div>
      )}
      <figcaption className="flex flex-wrap gap-3 text-xs text-ink2">
        <code className="truncate">{asked.data.result.answers[0]?.query}</code>
        {rule.type === 'alerting' ? (
          <>
            <Key color={PENDING} text="pending (for not over yet)" />
            <Key color={FIRING} text="firing" />
          </>
        ) : null}
        {asked.data.comparison?.threshold === null || asked.data.comparison === null ? null : (
          <span>dashed: threshold {asked.data.comparison.threshold}</span>
        )}
        {lines > LINES_MAX ? (
          <span>
            first {LINES_MAX} of {lines} series
          </span>
        ) : null}
      </figcaption>
    </figure>
  );
}

function Key({ color, text }: { readonly color: string; readonly text: string }): ReactNode {
  return (
    <span className="flex items-center gap-1">
      <span className="inline-block h-3 w-3 rounded-sm opacity-40" style={{ backgroundColor: color }} />
      {text}
    </span>
  );
}

async function statesOf(
  name: string,
  range: { readonly fromMs: number; readonly toMs: number },
  stepMs: number,
  signal: AbortSignal,
): Promise<readonly ChartShade[]> {
  const expr = `max by (alertstate) (ALERTS{alertname=${JSON.stringify(name)}})`;
  const { data } = await queryRange({ expr, startMs: range.fromMs, endMs: range.toMs, stepMs }, signal);
  return shadesOf(data, stepMs / 1000);
}

/** Neighbouring points are one stretch. Firing is drawn where some alert fires, pending where others only wait. */
export function shadesOf(data: QueryData, stepS: number): readonly ChartShade[] {
  if (data.resultType !== 'matrix') return [];
  const shades: ChartShade[] = [];
  for (const { metric, values } of data.result) {
    const color = metric['alertstate'] === 'firing' ? FIRING : PENDING;
    let from = Number.NaN;
    let to = Number.NaN;
    for (const [at] of values) {
      if (at - to <= stepS * 1.5) {
        to = at;
        continue;
      }
      if (!Number.isNaN(from)) shades.push({ from, to: to + stepS, color });
      from = at;
      to = at;
    }
    if (!Number.isNaN(from)) shades.push({ from, to: to + stepS, color });
  }
  return shades;
}
