import type { RefObject } from 'react';
import uPlot from 'uplot';
import { withAlpha } from '../format/color.ts';
import { formatValue, isBinaryUnit } from '../format/units.ts';
import { formatTime } from '../time/range.ts';
import { axisTexts, timeTexts } from './axis-text.ts';
import type { ChartAxis, ChartModel, ChartSeries } from './chart-model.ts';
import { stackSeries } from './stack.ts';
import type { Live } from './live.ts';
import { TOOLTIP_ROWS_MAX, TooltipNode, type TooltipRow } from './tooltip-node.ts';
import type { Size } from './use-size.ts';

const FONT = '11px system-ui, sans-serif';

/** A shorter drag is a click. */
const DRAG_PX_MIN = 6;

/** Points are drawn one by one only while they are at least this far apart. */
const POINT_SPACE_PX = 12;

const cssVariable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A new day is written below its first time. */
function timeAxisPx(_plot: uPlot, texts: readonly (string | null)[] | null): number {
  return texts?.some((text) => text?.includes('\n')) ? 38 : 26;
}

export function plotOptions(live: RefObject<Live>, syncKey: string, size: Size): uPlot.Options {
  const { model } = live.current;
  const ink = cssVariable('--ink3');
  const grid = { stroke: cssVariable('--grid'), width: 1 };
  const axis = {
    stroke: ink,
    font: FONT,
    grid,
    ticks: { show: false },
    labelFont: FONT,
    labelSize: 18,
    labelGap: 0,
  } as const;
  const stacked = stackSeries(
    model.series.map(({ stack, shown, values }) => ({
      values: shown ? values : [],
      group: stack && shown ? stack.group : null,
      percent: false,
    })),
  );
  const bands: uPlot.Band[] = stacked.flatMap(({ below }, index) =>
    below !== null && below >= 0 ? [{ series: [index + 1, below + 1] as [number, number] }] : [],
  );
  const scales: uPlot.Scales = {
    x: { time: true, range: () => [live.current.range.fromMs / 1000, live.current.range.toMs / 1000] },
    y: valueScale(model, 'left'),
  };
  const axes: uPlot.Axis[] = [
    {
      ...axis,
      space: 72,
      size: timeAxisPx,
      gap: 4,
      values: (_plot, splits, _index, _space, step) => timeTexts(splits, step),
    },
    valueAxis(axis, model.left, 'y', 3),
  ];
  if (model.right) {
    scales['y2'] = valueScale(model, 'right');
    axes.push({ ...valueAxis(axis, model.right, 'y2', 1), grid: { show: false } });
  }
  return {
    ...size,
    padding: [8, model.right ? 0 : 18, 0, model.left.hidden ? 10 : 0],
    scales,
    axes,
    series: [{}, ...model.series.map((series) => plotSeries(series, model))],
    bands,
    legend: { show: false },
    focus: { alpha: 1 },
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: DRAG_PX_MIN },
      points: { size: 6, width: 1.5 },
      focus: { prox: 40 },
      // Only movements are shared: a drag is for the chart it happens in.
      sync: {
        key: syncKey,
        setSeries: false,
        scales: ['x', null],
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
      },
    },
    hooks: { drawClear: [(plot) => drawShades(plot, live)], ...thresholdHooks(model), ...pointerHooks(live) },
  };
}

function valueScale(model: ChartModel, side: 'left' | 'right'): uPlot.Scale {
  const axis = side === 'left' ? model.left : (model.right ?? model.left);
  const on = model.series.filter((series) => series.axis === side && series.shown);
  const zero = on.some((series) => series.draw === 'bars' || series.stack !== null);
  if (axis.log) return { distr: 3, log: 10 };
  return {
    range: (_plot, low, high) => {
      const floor = zero ? Math.min(0, low ?? 0) : (low ?? 0);
      const ceiling = zero ? Math.max(0, high ?? 1) : (high ?? 1);
      const flat = floor === ceiling;
      const [min, max] = flat && floor === 0 ? [0, 1] : uPlot.rangeNum(floor, ceiling, 0.08, true);
      const bottom = axis.min ?? min ?? 0;
      const top = axis.max ?? max ?? 1;
      return top > bottom ? [bottom, top] : [bottom, bottom + 1];
    },
  };
}

function valueAxis(base: uPlot.Axis, axis: ChartAxis, scale: string, side: 1 | 3): uPlot.Axis {
  const binary = isBinaryUnit(axis.unit) ? { incrs: Array.from({ length: 70 }, (_, power) => 2 ** (power - 8)) } : {};
  return {
    ...base,
    ...binary,
    scale,
    side,
    show: !axis.hidden,
    space: 32,
    gap: 6,
    ...(axis.label === '' ? {} : { label: axis.label }),
    size: (_plot, values) =>
      Math.max(34, 14 + 6.1 * (values ?? []).reduce((most, text) => Math.max(most, (text ?? '').length), 0)),
    values: (_plot, splits) => axisTexts(splits, axis.unit, axis.decimals),
  };
}

function plotSeries(series: ChartSeries, model: ChartModel): uPlot.Series {
  const stacked = series.stack !== null;
  const fill = series.draw === 'points' ? 0 : series.fillPercent;
  const log = (series.axis === 'left' ? model.left : model.right)?.log ?? false;
  const paths = pathsOf(series);
  return {
    label: series.name,
    scale: series.axis === 'left' ? 'y' : 'y2',
    show: series.shown,
    stroke: series.color,
    width: series.draw === 'points' ? 0 : series.widthPx,
    spanGaps: series.spanGaps && !stacked,
    ...(fill > 0 ? { fill: withAlpha(series.color, fill / 100) } : {}),
    ...(log ? {} : { fillTo: 0 }),
    ...(series.dash ? { dash: [...series.dash] } : {}),
    ...(paths ? { paths } : {}),
    points: pointsOf(series),
  };
}

function pathsOf(series: ChartSeries): uPlot.Series.PathBuilder | undefined {
  const { paths } = uPlot;
  if (series.draw === 'bars') return paths.bars?.({ size: [0.8, 64] });
  if (series.draw === 'points') return paths.points?.();
  switch (series.interpolation) {
    case 'smooth':
      return paths.spline?.();
    case 'stepBefore':
      return paths.stepped?.({ align: -1 });
    case 'stepAfter':
      return paths.stepped?.({ align: 1 });
    case 'linear':
      return undefined;
  }
}

function pointsOf(series: ChartSeries): uPlot.Series.Points {
  const always = series.points === 'always' || series.draw === 'points';
  return {
    ...(always ? { show: true } : series.points === 'never' || series.draw === 'bars' ? { show: false } : {}),
    size: series.draw === 'points' ? 5 : 4,
    space: POINT_SPACE_PX,
    fill: series.color,
  };
}

/** Behind everything else; from the live model, because shades come with new data. */
function drawShades(plot: uPlot, live: RefObject<Live>): void {
  const { ctx, bbox } = plot;
  for (const { from, to, color } of live.current.model.shades ?? []) {
    const left = Math.max(bbox.left, plot.valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, 'x', true));
    if (right <= left) continue;
    ctx.save();
    ctx.fillStyle = withAlpha(color, 0.16);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.restore();
  }
}

function thresholdHooks({ thresholds, thresholdsStyle }: ChartModel): uPlot.Hooks.Arrays {
  if (thresholdsStyle === 'off' || thresholds.length === 0) return {};
  const draw = (plot: uPlot): void => {
    const { ctx, bbox } = plot;
    const bottom = bbox.top + bbox.height;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [index, { value, color }] of thresholds.entries()) {
      const y = Number.isFinite(value) ? plot.valToPos(value, 'y', true) : bottom;
      if (thresholdsStyle.includes('area')) {
        const next = thresholds[index + 1];
        const top = next ? plot.valToPos(next.value, 'y', true) : bbox.top;
        ctx.fillStyle = withAlpha(color, 0.1);
        ctx.fillRect(bbox.left, top, bbox.width, y - top);
      }
      if (thresholdsStyle !== 'area' && Number.isFinite(value)) {
        ctx.strokeStyle = color;
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash(thresholdsStyle === 'dashed' ? [6 * devicePixelRatio, 4 * devicePixelRatio] : []);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
      }
    }
    ctx.restore();
  };
  return { drawAxes: [draw] };
}

function pointerHooks(live: RefObject<Live>): uPlot.Hooks.Arrays {
  let tooltip: TooltipNode | null = null;
  // Cursors of other charts move this one too; the tooltip belongs to the chart under the pointer.
  let inside = false;
  const update = (plot: uPlot): void => {
    const { model } = live.current;
    const { idx, left = -1, top = -1 } = plot.cursor;
    if (!inside || idx === null || idx === undefined || left < 0 || model.tooltip === 'none') {
      tooltip?.hide();
      return;
    }
    const { rows, more } = tooltipRows(plot, model, idx, top);
    if (rows.length === 0) tooltip?.hide();
    else tooltip?.show(formatTime((model.x[idx] ?? 0) * 1000), rows, more, left, top);
  };
  return {
    init: [
      (plot) => {
        tooltip = new TooltipNode(plot.over);
        plot.over.addEventListener('mouseenter', () => {
          inside = true;
        });
        plot.over.addEventListener('mouseleave', () => {
          inside = false;
          tooltip?.hide();
        });
      },
    ],
    setCursor: [update],
    setSelect: [
      (plot) => {
        const { left, width } = plot.select;
        if (width < DRAG_PX_MIN) return;
        const from = plot.posToVal(left, 'x');
        const to = plot.posToVal(left + width, 'x');
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        live.current.onZoom({ fromMs: Math.round(from * 1000), toMs: Math.round(to * 1000) });
      },
    ],
    destroy: [() => tooltip?.remove()],
  };
}

function tooltipRows(plot: uPlot, model: ChartModel, idx: number, topPx: number): { rows: TooltipRow[]; more: number } {
  const found = model.series.flatMap((series, index) => {
    const value = series.values[idx];
    const drawn = plot.data[index + 1]?.[idx];
    if (!series.shown || !series.inTooltip || value === null || value === undefined) return [];
    const y =
      drawn === null || drawn === undefined
        ? Number.POSITIVE_INFINITY
        : plot.valToPos(drawn, series.axis === 'left' ? 'y' : 'y2');
    return [{ series, value, distance: Math.abs(y - topPx) }];
  });
  const nearest = found.toSorted((a, b) => a.distance - b.distance);
  const kept = new Set(nearest.slice(0, model.tooltip === 'single' ? 1 : TOOLTIP_ROWS_MAX));
  const rows = found
    .filter((entry) => kept.has(entry))
    .toSorted((a, b) => b.value - a.value)
    .map((entry) => ({
      name: entry.series.name,
      text: formatValue(entry.value, entry.series.unit, entry.series.decimals),
      color: entry.series.color,
      near: entry === nearest[0] && found.length > 1,
    }));
  return { rows, more: model.tooltip === 'single' ? 0 : found.length - rows.length };
}
