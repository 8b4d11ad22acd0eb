import { type CSSProperties, type ReactNode, useMemo, useState } from 'react';
import { inkOn, readableOnSurface } from '../../format/color.ts';
import { formatTime } from '../../time/range.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { type Display, displayOf, extentOf } from '../data/display.ts';
import { type Cell, type Frame, rowCount } from '../data/frame.ts';
import { identify } from '../data/series.ts';
import { compareCells } from '../data/transform.ts';
import type { DrawProps } from './panel-props.ts';

export function TablePanel({ panel, frames, title, theme }: DrawProps): ReactNode {
  const [chosen, setChosen] = useState(0);
  const frame = frames[Math.min(chosen, frames.length - 1)];
  const columns = useMemo(() => (frame ? columnsOf(frame, panel, theme) : []), [frame, panel, theme]);
  if (!frame) return null;
  const rows = Array.from({ length: rowCount(frame) }, (_, row) => row);
  const first = panel.options.sortBy[0];
  const sorted = first ? columns.find((column) => column.header === first.displayName) : undefined;
  return (
    <div className="flex h-full min-h-0 flex-col gap-1">
      <div className="min-h-0 flex-1">
        <DataTable
          rows={rows}
          columns={columns}
          label={title}
          showHeader={panel.options.showHeader}
          initialSort={first && sorted ? { key: sorted.key, descending: first.desc } : null}
        />
      </div>
      {frames.length > 1 ? (
        <label className="flex items-center gap-2 text-xs text-ink2">
          Series
          <select
            className="min-w-0 flex-1 rounded border border-line bg-surface px-1 py-0.5"
            value={chosen}
            onChange={(event) => setChosen(Number(event.target.value))}
          >
            {frames.map((entry, index) => (
              <option key={index} value={index}>
                {entry.fields.at(-1)?.name ?? entry.refId}
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </div>
  );
}

function columnsOf(frame: Frame, panel: DrawProps['panel'], theme: DrawProps['theme']): Column<number>[] {
  return frame.fields.flatMap((field, index): Column<number>[] => {
    const { resolved, name } = identify(field, frame.refId, panel.field, panel.overrides);
    if (resolved.custom.hidden) return [];
    const numbers = field.type === 'number' ? (field.values as readonly (number | null)[]) : [];
    const extent = extentOf(resolved, numbers);
    const at = (row: number): Cell => field.values[row] ?? null;
    const display = (row: number): Display => displayOf(at(row), resolved, index, extent, theme);
    const words = (row: number): string => {
      const value = at(row);
      if (field.type === 'time' && typeof value === 'number') return formatTime(value);
      if (value === null) return resolved.noValue;
      if (field.type === 'string' && resolved.mappings.length === 0) return String(value);
      const { prefix, text, suffix } = display(row).text;
      return `${prefix}${text}${suffix}`;
    };
    const style = (row: number): CSSProperties | undefined => {
      if (resolved.custom.cell === 'plain' || at(row) === null) return undefined;
      const { color } = display(row);
      if (resolved.custom.cell === 'color-text') return { color: readableOnSurface(color, theme) };
      if (resolved.custom.cell === 'color-background') return { background: color, color: inkOn(color) };
      const value = at(row);
      const part =
        typeof value === 'number'
          ? Math.max(0, Math.min(1, (value - extent.min) / (extent.max - extent.min))) * 100
          : 0;
      return {
        background: `linear-gradient(90deg, color-mix(in srgb, ${color} 35%, transparent) ${part}%, transparent ${part}%)`,
      };
    };
    return [
      {
        key: `${index}`,
        header: name,
        numeric: field.type === 'number',
        widthPx: resolved.custom.columnWidthPx ?? (field.type === 'time' ? 170 : null),
        compare: (a, b) => compareCells(at(a), at(b)),
        cell: words,
        style,
      },
    ];
  });
}
