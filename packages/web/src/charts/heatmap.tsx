import { type PointerEvent, type ReactNode, useEffect, useRef } from 'react';
import { formatNumber } from '../format/number.ts';
import { type ResolvedRange, formatTime } from '../time/range.ts';
import { useTheme } from '../ui/theme.ts';
import { timeTexts } from './axis-text.ts';
import type { HeatRow } from './heat-grid.ts';
import { TooltipNode } from './tooltip-node.ts';
import { useSize } from './use-size.ts';

export interface HeatmapProps {
  readonly rows: readonly HeatRow[];
  /** Unix milliseconds of the columns. */
  readonly timesMs: readonly number[];
  readonly range: ResolvedRange;
  readonly rowLabel: (row: HeatRow) => string;
  readonly label: string;
}

const AXIS_PX = 22;
const LABEL_ROW_PX_MIN = 14;
const TICK_PX = 90;

/** Counts by bucket and time; one hue, denser where there is more. */
export function Heatmap({ rows, timesMs, range, rowLabel, label }: HeatmapProps): ReactNode {
  const [host, size] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const tooltip = useRef<TooltipNode | null>(null);
  const theme = useTheme();
  const labels = rows.map((row) => rowLabel(row));
  const gutter = 12 + 6.2 * labels.reduce((most, text) => Math.max(most, text.length), 0);

  useEffect(() => {
    const node = host.current;
    if (!node) return;
    const made = new TooltipNode(node);
    tooltip.current = made;
    return () => made.remove();
  }, [host]);

  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext('2d');
    if (!node || !context || size.width === 0) return;
    // The colours below are those of this theme.
    node.dataset['theme'] = theme;
    const ratio = devicePixelRatio;
    node.width = size.width * ratio;
    node.height = size.height * ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(document.documentElement);
    const plotWidth = size.width - gutter - 6;
    const plotHeight = size.height - AXIS_PX - 6;
    const rowHeight = plotHeight / Math.max(1, rows.length);
    const spanMs = range.toMs - range.fromMs;
    const most = rows.reduce(
      (high, row) => row.values.reduce<number>((top, value) => Math.max(top, value ?? 0), high),
      0,
    );
    const stepMs = (timesMs[1] ?? range.toMs) - (timesMs[0] ?? range.fromMs);
    const cellWidth = Math.max(1, (stepMs / spanMs) * plotWidth);
    const hue = style.getPropertyValue('--heat').trim();
    context.clearRect(0, 0, size.width, size.height);
    for (const [rowIndex, row] of rows.entries()) {
      const y = 6 + plotHeight - (rowIndex + 1) * rowHeight;
      for (const [at, value] of row.values.entries()) {
        if (value === null || value <= 0 || most === 0) continue;
        // Square root: small counts beside large ones stay visible.
        context.fillStyle = `rgba(${hue}, ${0.08 + 0.92 * Math.sqrt(value / most)})`;
        const x = gutter + (((timesMs[at] ?? 0) - range.fromMs) / spanMs) * plotWidth - cellWidth;
        // Whole pixels: half covered ones would show as seams between the columns.
        const left = Math.round(Math.max(gutter, x));
        const right = Math.round(Math.max(gutter, x + cellWidth));
        context.fillRect(left, y, Math.max(0, right - left), Math.max(1, rowHeight - 0.5));
      }
    }
    context.font = '11px system-ui, sans-serif';
    context.fillStyle = style.getPropertyValue('--ink3');
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    const every = Math.max(1, Math.ceil(LABEL_ROW_PX_MIN / rowHeight));
    for (const [rowIndex, text] of labels.entries()) {
      if (rowIndex % every === 0) context.fillText(text, gutter - 6, 6 + plotHeight - (rowIndex + 0.5) * rowHeight);
    }
    context.textAlign = 'center';
    const ticks = Math.max(2, Math.floor(plotWidth / TICK_PX));
    const seconds = Array.from(
      { length: ticks },
      (_, index) => (range.fromMs + (spanMs * (index + 0.5)) / ticks) / 1000,
    );
    for (const [index, text] of timeTexts(seconds, spanMs / ticks / 1000).entries()) {
      context.fillText(text.split('\n')[0] ?? '', gutter + (plotWidth * (index + 0.5)) / ticks, size.height - 9);
    }
  }, [rows, timesMs, range, size, theme, gutter, labels]);

  const onMove = (event: PointerEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const left = event.clientX - box.left;
    const top = event.clientY - box.top;
    const part = (left - gutter) / (size.width - gutter - 6);
    const ms = range.fromMs + part * (range.toMs - range.fromMs);
    const at = timesMs.findIndex((time) => time >= ms);
    const plotHeight = size.height - AXIS_PX - 6;
    const rowIndex = Math.floor(((6 + plotHeight - top) / plotHeight) * rows.length);
    const row = rows[rowIndex];
    const value = row?.values[at];
    if (!row || at < 0 || part < 0 || value === null || value === undefined) {
      tooltip.current?.hide();
      return;
    }
    const below = rows[rowIndex - 1];
    const name = row.bound === null ? row.label : `${below ? `${rowLabel(below)} – ` : '≤ '}${rowLabel(row)}`;
    tooltip.current?.show(
      formatTime(timesMs[at] ?? 0),
      [{ name, text: formatNumber(value), color: 'var(--accent)', near: false }],
      0,
      left,
      top,
    );
  };

  return (
    <div
      ref={host}
      role="img"
      aria-label={label}
      className="relative h-full min-h-0 w-full"
      onPointerMove={onMove}
      onPointerLeave={() => tooltip.current?.hide()}
    >
      <canvas ref={canvas} className="absolute inset-0 h-full w-full" />
    </div>
  );
}
