import { type ReactNode, useMemo, useState } from 'react';
import { TimeSeriesChart } from '../../charts/time-series-chart.tsx';
import { formatValue } from '../../format/units.ts';
import type { ResolvedRange } from '../../time/range.ts';
import { reduceValues } from '../data/reduce.ts';
import { type Series, seriesOfFrames } from '../data/series.ts';
import { chartOfPanel } from './chart-of-panel.ts';
import { Legend } from './legend.tsx';
import type { DrawProps } from './panel-props.ts';

export interface TimeSeriesPanelProps extends DrawProps {
  readonly range: ResolvedRange;
  readonly syncKey: string;
  readonly onZoom: (range: ResolvedRange) => void;
}

export function TimeSeriesPanel({
  panel,
  frames,
  title,
  theme,
  range,
  syncKey,
  onZoom,
}: TimeSeriesPanelProps): ReactNode {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const series = useMemo(() => seriesOfFrames(frames, panel, theme), [frames, panel, theme]);
  const model = useMemo(() => chartOfPanel(panel, series, hidden, theme), [panel, series, hidden, theme]);
  const { legend } = panel.options;
  const right = legend.placement === 'right';
  return (
    <div className={`flex h-full min-h-0 gap-1 ${right ? 'flex-row' : 'flex-col'}`}>
      <div className="min-h-0 min-w-0 flex-1">
        <TimeSeriesChart model={model} range={range} syncKey={syncKey} label={summary(title, series)} onZoom={onZoom} />
      </div>
      {legend.mode === 'hidden' ? null : (
        <Legend
          series={series.filter((entry) => !entry.field.custom.hideLegend)}
          legend={legend}
          hidden={hidden}
          onHidden={setHidden}
        />
      )}
    </div>
  );
}

/** What someone who does not see the chart gets of it; the numbers themselves are in the inspector's table. */
function summary(title: string, series: readonly Series[]): string {
  const parts = series.slice(0, 5).map((entry) => {
    const last = reduceValues(entry.values, 'lastNotNull');
    return `${entry.name} ${formatValue(last, entry.field.unit, entry.field.decimals)}`;
  });
  const more = series.length > 5 ? ` and ${series.length - 5} more` : '';
  return `${title}: line chart of ${series.length} series. Last values: ${parts.join(', ')}${more}`;
}
