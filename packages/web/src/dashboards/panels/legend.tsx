import type { PanelOptions } from '@vedette/wire/http';
import { type MouseEvent, type ReactNode, useMemo, useState } from 'react';
import { formatValue } from '../../format/units.ts';
import { CALCULATIONS, reduceValues } from '../data/reduce.ts';
import type { Series } from '../data/series.ts';

/** Rows drawn; the chart itself draws every series. */
const ROWS_MAX = 150;

export interface LegendProps {
  readonly series: readonly Series[];
  readonly legend: PanelOptions['legend'];
  readonly hidden: ReadonlySet<string>;
  readonly onHidden: (hidden: ReadonlySet<string>) => void;
}

/** Names and colours, as a list or a table with calculations. A click shows one series alone, with Ctrl it hides or shows one. */
export function Legend({ series, legend, hidden, onHidden }: LegendProps): ReactNode {
  const right = legend.placement === 'right';
  const toggle = (name: string, event: MouseEvent): void => {
    const names = series.map((entry) => entry.name);
    if (event.ctrlKey || event.metaKey) {
      onHidden(new Set(hidden.has(name) ? [...hidden].filter((entry) => entry !== name) : [...hidden, name]));
      return;
    }
    const alone = !hidden.has(name) && names.every((entry) => entry === name || hidden.has(entry));
    onHidden(new Set(alone ? [] : names.filter((entry) => entry !== name)));
  };
  const props = { series: series.slice(0, ROWS_MAX), legend, hidden, toggle };
  return (
    <div
      className={
        right
          ? 'min-w-32 max-w-[50%] overflow-auto wide:min-w-[34%] wide:max-w-[40%]'
          : `shrink-0 overflow-auto ${legend.mode === 'table' ? 'max-h-[38%]' : 'max-h-[max(2.5rem,24%)]'}`
      }
    >
      {legend.mode === 'table' ? <LegendTable {...props} /> : <LegendList {...props} right={right} />}
      {series.length > ROWS_MAX ? (
        <p className="px-1 text-xs text-ink3">and {series.length - ROWS_MAX} more series</p>
      ) : null}
    </div>
  );
}

interface RowsProps {
  readonly series: readonly Series[];
  readonly legend: PanelOptions['legend'];
  readonly hidden: ReadonlySet<string>;
  readonly toggle: (name: string, event: MouseEvent) => void;
}

function Name({
  entry,
  hidden,
  toggle,
}: {
  readonly entry: Series;
  readonly hidden: boolean;
  readonly toggle: RowsProps['toggle'];
}): ReactNode {
  return (
    <button
      type="button"
      aria-pressed={!hidden}
      title={entry.name}
      onClick={(event) => toggle(entry.name, event)}
      className={`inline-flex max-w-full min-w-0 items-center gap-1.5 rounded px-1 text-left text-xs hover:bg-raised ${hidden ? 'text-ink3 line-through' : 'text-ink2'}`}
    >
      <span
        className="h-[3px] w-3 shrink-0 rounded-full"
        style={{ background: hidden ? 'var(--line)' : entry.color }}
      />
      <span className="truncate">{entry.name}</span>
    </button>
  );
}

const calculated = (entry: Series, calculation: string): string =>
  formatValue(reduceValues(entry.values, calculation), entry.field.unit, entry.field.decimals);

function LegendList({ series, legend, hidden, toggle, right }: RowsProps & { readonly right: boolean }): ReactNode {
  return (
    <ul className={right ? 'flex flex-col' : 'flex flex-wrap gap-x-2'}>
      {series.map((entry, index) => (
        <li key={`${entry.name} ${index}`} className="flex max-w-full min-w-0 items-center gap-1">
          <Name entry={entry} hidden={hidden.has(entry.name)} toggle={toggle} />
          {legend.calcs.map((calculation) => (
            <span key={calculation} className="num text-xs whitespace-nowrap text-ink3">
              {CALCULATIONS[calculation] ?? calculation}:{' '}
              <span className="text-ink2">{calculated(entry, calculation)}</span>
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function LegendTable({ series, legend, hidden, toggle }: RowsProps): ReactNode {
  const [sort, setSort] = useState<{ calculation: string; descending: boolean } | null>(null);
  const rows = useMemo(() => {
    if (!sort) return series;
    const value = (entry: Series): number => reduceValues(entry.values, sort.calculation) ?? Number.NEGATIVE_INFINITY;
    return series.toSorted((a, b) => (sort.descending ? value(b) - value(a) : value(a) - value(b)));
  }, [series, sort]);
  return (
    <table className="w-full text-xs">
      <colgroup>
        <col className="w-full" />
      </colgroup>
      <thead className="sticky top-0 bg-surface text-ink3">
        <tr>
          <th className="px-1 text-left font-normal">Name</th>
          {legend.calcs.map((calculation) => {
            const active = sort?.calculation === calculation;
            return (
              <th
                key={calculation}
                aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                className="px-1 text-right font-normal"
              >
                <button
                  type="button"
                  className="hover:text-ink"
                  onClick={() => setSort({ calculation, descending: active ? !sort.descending : true })}
                >
                  {CALCULATIONS[calculation] ?? calculation}
                  {active ? (sort.descending ? ' ↓' : ' ↑') : ''}
                </button>
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {rows.map((entry, index) => (
          <tr key={`${entry.name} ${index}`}>
            <td className="w-full max-w-0 min-w-24">
              <Name entry={entry} hidden={hidden.has(entry.name)} toggle={toggle} />
            </td>
            {legend.calcs.map((calculation) => (
              <td key={calculation} className="num px-1 text-right whitespace-nowrap text-ink2">
                {calculated(entry, calculation)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
