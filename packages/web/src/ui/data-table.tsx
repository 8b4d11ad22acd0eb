import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useMemo, useRef, useState } from 'react';

export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly numeric?: boolean;
  readonly widthPx?: number | null;
  readonly compare: (a: Row, b: Row) => number;
  readonly cell: (row: Row) => ReactNode;
  readonly style?: (row: Row) => CSSProperties | undefined;
}

export interface Sorting {
  readonly key: string;
  readonly descending: boolean;
}

const ROW_PX = 26;

/** A column without a width of its own is as wide as its texts, within these bounds. */
const COLUMN_PX_MIN = 64;
const COLUMN_PX_MAX = 320;
/** Average width of a character, and the padding of a cell. */
const CHARACTER_PX = 7.2;
const PADDING_PX = 20;
/** Texts measured for it; the rest is much alike. */
const MEASURED_ROWS = 60;

/** The least width that shows a column's header and its first texts. */
export function columnPx<Row>(column: Column<Row>, rows: readonly Row[]): number {
  if (column.widthPx) return column.widthPx;
  const longest = rows.slice(0, MEASURED_ROWS).reduce((most, row) => {
    const content = column.cell(row);
    return typeof content === 'string' ? Math.max(most, content.length) : most;
  }, column.header.length + 2);
  return Math.round(Math.min(COLUMN_PX_MAX, Math.max(COLUMN_PX_MIN, longest * CHARACTER_PX + PADDING_PX)));
}

/** A sortable table that only draws the rows in view. */
export function DataTable<Row>({
  rows,
  columns,
  label,
  initialSort = null,
  showHeader = true,
}: {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly label: string;
  readonly initialSort?: Sorting | null;
  readonly showHeader?: boolean;
}): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<Sorting | null>(initialSort);
  const sorted = useMemo(() => {
    const column = columns.find((candidate) => candidate.key === sort?.key);
    if (!column || !sort) return rows;
    return rows.toSorted((a, b) => (sort.descending ? column.compare(b, a) : column.compare(a, b)));
  }, [rows, columns, sort]);
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes this component; its rows follow the scroll position
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const { template, leastPx } = useMemo(() => {
    const widths = columns.map((column) => columnPx(column, rows));
    return {
      template: columns
        .map((column, index) => {
          const px = widths[index] ?? COLUMN_PX_MIN;
          return column.widthPx ? `${px}px` : `minmax(${px}px, ${px}fr)`;
        })
        .join(' '),
      // Each row is a grid of its own: only a common least width keeps their columns in line.
      leastPx: widths.reduce((sum, px) => sum + px, 0),
    };
  }, [columns, rows]);
  return (
    <div
      ref={scroller}
      className="h-full min-h-0 overflow-auto"
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
    >
      {showHeader ? (
        <div
          role="row"
          className="sticky top-0 z-10 grid border-b border-line bg-surface text-xs text-ink3"
          style={{ gridTemplateColumns: template, minWidth: leastPx }}
        >
          {columns.map((column) => {
            const active = sort?.key === column.key;
            return (
              <div
                key={column.key}
                role="columnheader"
                aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                className={column.numeric ? 'text-right' : ''}
              >
                <button
                  type="button"
                  className="max-w-full truncate px-2 py-1 font-medium hover:text-ink"
                  onClick={() =>
                    setSort({ key: column.key, descending: active ? !sort.descending : column.numeric === true })
                  }
                >
                  {column.header}
                  {active ? (sort.descending ? ' ↓' : ' ↑') : ''}
                </button>
              </div>
            );
          })}
        </div>
      ) : null}
      <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = sorted[item.index];
          return row === undefined ? null : (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              className="absolute inset-x-0 grid border-b border-line/60 hover:bg-raised"
              style={{
                gridTemplateColumns: template,
                minWidth: leastPx,
                height: ROW_PX,
                transform: `translateY(${item.start}px)`,
              }}
            >
              {columns.map((column) => {
                const content = column.cell(row);
                return (
                  <div
                    key={column.key}
                    role="cell"
                    title={typeof content === 'string' ? content : undefined}
                    style={column.style?.(row)}
                    className={`truncate px-2 leading-[25px] ${column.numeric ? 'num text-right' : ''}`}
                  >
                    {content}
                  </div>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}
