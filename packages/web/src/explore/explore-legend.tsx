import type { ReactNode } from 'react';
import type { ChartSeries } from '../charts/chart-model.ts';

const ROWS_MAX = 100;

export interface ExploreLegendProps {
  readonly series: readonly ChartSeries[];
  readonly total: number;
  readonly only: string | null;
  readonly onOnly: (name: string | null) => void;
}

/** Series names; a click shows one alone. */
export function ExploreLegend({ series, total, only, onOnly }: ExploreLegendProps): ReactNode {
  return (
    <ul className="flex max-h-36 shrink-0 flex-wrap gap-x-2 overflow-auto pt-1" aria-label="Series">
      {series.slice(0, ROWS_MAX).map((entry, index) => (
        <li key={`${entry.name} ${index}`} className="max-w-full min-w-0">
          <button
            type="button"
            aria-pressed={only === entry.name}
            onClick={() => onOnly(only === entry.name ? null : entry.name)}
            className={`flex max-w-full items-center gap-2 rounded px-1 font-mono text-xs hover:bg-raised ${entry.shown ? 'text-ink2' : 'text-ink3'}`}
          >
            <span
              className="h-[3px] w-3 shrink-0 rounded-full"
              style={{ background: entry.shown ? entry.color : 'var(--line)' }}
            />
            <span className="truncate">{entry.name}</span>
          </button>
        </li>
      ))}
      {total > ROWS_MAX ? (
        <li className="px-1 text-xs text-ink3">
          and {total - ROWS_MAX} more series
          {total > series.length ? `; the chart draws the first ${series.length}` : ''}
        </li>
      ) : null}
    </ul>
  );
}
