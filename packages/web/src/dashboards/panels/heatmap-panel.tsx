import { type ReactNode, useMemo } from 'react';
import { type HeatRow, heatRows } from '../../charts/heat-grid.ts';
import { Heatmap } from '../../charts/heatmap.tsx';
import { formatValue } from '../../format/units.ts';
import type { ResolvedRange } from '../../time/range.ts';
import { seriesOfFrames } from '../data/series.ts';
import type { DrawProps } from './panel-props.ts';

export function HeatmapPanel({
  panel,
  frames,
  title,
  theme,
  range,
}: DrawProps & { readonly range: ResolvedRange }): ReactNode {
  const series = useMemo(() => seriesOfFrames(frames, panel, theme), [frames, panel, theme]);
  const rows = useMemo(() => heatRows(series), [series]);
  const { unit, decimals } = panel.field;
  const rowLabel = (row: HeatRow): string =>
    row.bound === null || !Number.isFinite(row.bound) ? row.label : formatValue(row.bound, unit, decimals);
  return (
    <Heatmap
      rows={rows}
      timesMs={series[0]?.timesMs ?? []}
      range={range}
      rowLabel={rowLabel}
      label={`${title}: heat map of ${rows.length} rows. The inspector has the numbers.`}
    />
  );
}
