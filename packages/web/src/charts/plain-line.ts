import type { Field } from '../dashboards/data/frame.ts';
import type { ChartSeries } from './chart-model.ts';

/** A query's series as a thin line, without a panel's options. */
export function plainLine(field: Field | undefined, color: string, shown = true): ChartSeries {
  return {
    name: field?.name ?? '',
    values: (field?.values ?? []) as readonly (number | null)[],
    color,
    widthPx: 1.5,
    fillPercent: 0,
    dash: null,
    draw: 'line',
    interpolation: 'linear',
    points: 'auto',
    spanGaps: false,
    stack: null,
    axis: 'left',
    shown,
    inTooltip: true,
    unit: 'none',
    decimals: null,
  };
}
