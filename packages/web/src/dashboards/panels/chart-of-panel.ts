import type { PanelModel } from '@vedette/wire/http';
import type { ChartAxis, ChartModel, ChartSeries } from '../../charts/chart-model.ts';
import { cssColor } from '../../format/color.ts';
import type { Theme } from '../../ui/theme.ts';
import { stepValue } from '../data/display.ts';
import type { Series } from '../data/series.ts';

/** Areas that lie over each other mix to mud: from this many on, they share what remains. */
const FULL_FILLS_MAX = 5;
/** Opacity in percent that overlapping areas have together. */
const FILL_SUM_PERCENT = 60;
/** A paler area cannot be told from the panel. */
const FILL_PERCENT_MIN = 4;

/** The opacity of one area among `count` that are not stacked. */
export function fillAmong(count: number, fillPercent: number): number {
  if (count <= FULL_FILLS_MAX) return fillPercent;
  const share = Math.min(fillPercent, FILL_SUM_PERCENT / count);
  return share < FILL_PERCENT_MIN ? 0 : share;
}

/** Turns Grafana's settings into what the chart draws. */
export function chartOfPanel(
  panel: PanelModel,
  all: readonly Series[],
  hidden: ReadonlySet<string>,
  theme: Theme,
): ChartModel {
  const series = all.filter((entry) => !entry.field.custom.hideChart);
  const x = commonTimes(series);
  const firstUnit =
    series.find((entry) => entry.field.custom.axisPlacement !== 'right')?.field.unit ?? panel.field.unit;
  const sideOf = (entry: Series): 'left' | 'right' => {
    const { axisPlacement } = entry.field.custom;
    if (axisPlacement === 'right') return 'right';
    return axisPlacement === 'auto' && entry.field.unit !== firstUnit ? 'right' : 'left';
  };
  const overlapping = series.filter(
    ({ name, field: { custom } }) =>
      custom.fillOpacity > 0 && custom.stacking === 'none' && custom.drawStyle === 'line' && !hidden.has(name),
  ).length;
  const lines = series.map((entry): ChartSeries => {
    const { custom, unit, decimals } = entry.field;
    const values = custom.negativeY ? entry.values.map((value) => (value === null ? null : -value)) : entry.values;
    const percent = custom.stacking === 'percent';
    return {
      name: entry.name,
      values: alignTo(x, entry.timesMs, values),
      color: entry.color,
      widthPx: custom.lineWidth,
      fillPercent:
        custom.stacking === 'none' && custom.drawStyle === 'line'
          ? fillAmong(overlapping, custom.fillOpacity)
          : custom.fillOpacity,
      dash: custom.lineDash,
      draw: custom.drawStyle,
      interpolation: custom.lineInterpolation,
      points: custom.showPoints,
      spanGaps: custom.spanNulls,
      stack:
        custom.stacking === 'none'
          ? null
          : { group: `${custom.stackGroup} ${custom.stacking} ${sideOf(entry)}`, percent },
      axis: sideOf(entry),
      shown: !hidden.has(entry.name),
      inTooltip: !custom.hideTooltip,
      unit,
      decimals,
    };
  });
  const right = series.find((entry) => sideOf(entry) === 'right');
  const left = series.find((entry) => sideOf(entry) === 'left');
  return {
    x: x.map((ms) => ms / 1000),
    series: lines,
    left: axisOf(
      panel,
      left,
      lines.some((line) => line.axis === 'left' && line.stack?.percent === true),
    ),
    right: right ? axisOf(panel, right, false) : null,
    thresholds: panel.field.thresholds.steps.map((step) => ({
      value: stepValue(
        step.value,
        (left ?? right)?.field ?? { ...panel.field, custom: { ...panel.field.custom } as never },
        {
          min: panel.field.min ?? 0,
          max: panel.field.max ?? 100,
        },
      ),
      color: cssColor(step.color, theme),
    })),
    thresholdsStyle: panel.field.custom.thresholdsStyle,
    tooltip: panel.options.tooltip,
  };
}

function axisOf(panel: PanelModel, series: Series | undefined, percent: boolean): ChartAxis {
  const field = series?.field ?? panel.field;
  return {
    label: field.custom.axisLabel,
    unit: percent ? 'percentunit' : field.unit,
    decimals: percent ? 0 : field.decimals,
    min: percent ? 0 : field.min,
    max: percent ? 1 : field.max,
    log: field.custom.scale === 'log',
    hidden: field.custom.axisPlacement === 'hidden',
  };
}

/** Queries of one panel share their grid; only transformed frames can differ. */
function commonTimes(series: readonly Series[]): readonly number[] {
  const first = series[0]?.timesMs ?? [];
  if (series.every((entry) => entry.timesMs === first || sameTimes(entry.timesMs, first))) return first;
  return [...new Set(series.flatMap((entry) => entry.timesMs))].sort((a, b) => a - b);
}

const sameTimes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a[0] === b[0] && a.at(-1) === b.at(-1);

function alignTo(
  x: readonly number[],
  times: readonly number[],
  values: readonly (number | null)[],
): readonly (number | null)[] {
  if (times === x || sameTimes(times, x)) return values;
  const byTime = new Map(times.map((time, index) => [time, values[index] ?? null]));
  return x.map((time) => byTime.get(time) ?? null);
}
