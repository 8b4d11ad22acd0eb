import { type ReactNode, useMemo } from 'react';
import type { ChartModel } from '../charts/chart-model.ts';
import { plainLine } from '../charts/plain-line.ts';
import { TimeSeriesChart } from '../charts/time-series-chart.tsx';
import { paletteColor, visibleOnSurface } from '../format/color.ts';
import { formatNumber } from '../format/number.ts';
import { useTime } from '../time/time-context.tsx';
import { useUrlState } from '../time/url-state.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/states.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { useTheme } from '../ui/theme.ts';
import { ExploreLegend } from './explore-legend.tsx';
import type { ExploreResult } from './run-queries.ts';

/** The canvas stays quick far beyond this; the legend and the reader do not. */
const LINES_MAX = 1_000;

export function ExploreResultView({
  result,
  instant,
}: {
  readonly result: ExploreResult;
  readonly instant: boolean;
}): ReactNode {
  const { search, change } = useUrlState();
  const count = result.answers.reduce((sum, answer) => sum + answer.rows.length, 0);
  const took = Math.max(...result.answers.map((answer) => answer.tookMs));
  const warnings = [...new Set(result.answers.flatMap((answer) => answer.warnings))];
  const tab = instant ? 'table' : (search.get('tab') ?? 'graph');
  if (count === 0) {
    return (
      <EmptyState icon="search" title="Nothing matches in this range">
        The query is valid, and no series answers it. Check the metric's name and labels, or choose a longer range.
      </EmptyState>
    );
  }
  const table = { id: 'table', label: 'Table', content: <ResultTable result={result} /> };
  const graph = { id: 'graph', label: 'Graph', content: <ResultGraph result={result} /> };
  return (
    <div className="flex flex-col rounded-md border border-line bg-surface">
      <p className="num px-3 pt-2 text-xs text-ink3">
        {count} series in {formatNumber(took)} ms
        {warnings.map((warning) => (
          <span key={warning} className="ml-3 text-warn">
            {warning}
          </span>
        ))}
      </p>
      <div className="flex h-[min(62vh,640px)] min-h-96 flex-col">
        <Tabs
          label="Result"
          value={tab}
          onChange={(id) => change({ tab: id === 'graph' ? null : id }, 'replace')}
          tabs={instant ? [table] : [graph, table]}
        />
      </div>
    </div>
  );
}

function ResultGraph({ result }: { readonly result: ExploreResult }): ReactNode {
  const time = useTime();
  const theme = useTheme();
  const { search, change } = useUrlState();
  const only = search.get('only');
  const frames = useMemo(() => result.answers.flatMap((answer) => answer.frames), [result]);
  const model = useMemo((): ChartModel => {
    const axis = { label: '', unit: 'sishort', decimals: null, min: null, max: null, log: false, hidden: false };
    return {
      x: ((frames[0]?.fields[0]?.values ?? []) as readonly number[]).map((ms) => ms / 1000),
      series: frames.slice(0, LINES_MAX).map((frame, index) => {
        const field = frame.fields.at(-1);
        return plainLine(field, visibleOnSurface(paletteColor(index), theme), only === null || only === field?.name);
      }),
      left: axis,
      right: null,
      thresholds: [],
      thresholdsStyle: 'off',
      tooltip: 'multi',
    };
  }, [frames, only, theme]);
  return (
    <div className="flex h-full flex-col p-2">
      <div className="min-h-0 flex-1">
        <TimeSeriesChart
          model={model}
          range={result.range}
          syncKey="explore"
          label={`Line chart of ${frames.length} series; the Table tab has the numbers`}
          onZoom={(range) => time.setRange({ from: String(range.fromMs), to: String(range.toMs) })}
        />
      </div>
      <ExploreLegend
        series={model.series}
        total={frames.length}
        only={only}
        onOnly={(name) => change({ only: name }, 'replace')}
      />
    </div>
  );
}

interface Row {
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
}

function ResultTable({ result }: { readonly result: ExploreResult }): ReactNode {
  const rows = useMemo(
    () =>
      result.answers.flatMap((answer, index) =>
        answer.rows.map((row): Row => ({ ...row, query: String.fromCodePoint(65 + index) })),
      ),
    [result],
  );
  const columns = useMemo((): Column<Row>[] => {
    const names = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].sort();
    const byText = (text: (row: Row) => string) => (a: Row, b: Row) =>
      text(a).localeCompare(text(b), undefined, { numeric: true });
    return [
      ...(result.answers.length > 1
        ? [
            {
              key: 'query',
              header: 'Query',
              widthPx: 70,
              compare: byText((row) => row.query),
              cell: (row: Row) => row.query,
            },
          ]
        : []),
      ...names.map((name): Column<Row> => ({
        key: `label ${name}`,
        header: name,
        compare: byText((row) => row.labels[name] ?? ''),
        cell: (row) => row.labels[name] ?? '',
      })),
      {
        key: 'value',
        header: 'Value',
        numeric: true,
        compare: (a, b) => (a.value ?? Number.NEGATIVE_INFINITY) - (b.value ?? Number.NEGATIVE_INFINITY),
        cell: (row) => (row.value === null ? '' : String(row.value)),
      },
    ];
  }, [rows, result.answers.length]);
  return (
    <div className="h-full p-2">
      <DataTable rows={rows} columns={columns} label="Latest value of each series" />
    </div>
  );
}
