import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { seriesOf } from '../../api/prometheus.ts';
import { metricNames } from '../../format/metric-names.ts';

/** More names than this in one panel are not looked up. */
const METRICS_MAX = 4;

const KNOWN_FRESH_MS = 60_000;

/** An empty panel says whether its metrics exist at all: a missing exporter needs another cure than a wrong label. */
export function NoData({ queries }: { readonly queries: readonly string[] }): ReactNode {
  const names = [...new Set(queries.flatMap((query) => metricNames(query)))].slice(0, METRICS_MAX);
  const lookups = useQueries({
    queries: names.map((name) => ({
      queryKey: ['metric-known', name],
      queryFn: async ({ signal }: { signal: AbortSignal }) => (await seriesOf([name], undefined, signal, 1)).length > 0,
      staleTime: KNOWN_FRESH_MS,
      gcTime: KNOWN_FRESH_MS,
    })),
  });
  const missing = names.filter((_, index) => lookups[index]?.data === false);
  const asked = lookups.every((lookup) => lookup.data !== undefined);
  const note = missingNote(missing, names, asked);
  return (
    <div className="flex h-full flex-col items-center justify-center gap-0.5 overflow-hidden p-2 text-center">
      <p className="font-medium text-ink2">{missing.length > 0 ? 'No such metric yet' : 'No data in this range'}</p>
      {note === '' ? null : (
        <p className="line-clamp-3 max-w-full text-xs break-words text-ink3" title={note}>
          {note}
        </p>
      )}
    </div>
  );
}

/** Why a panel is empty and what to look at; '' where nothing is known. */
export function missingNote(missing: readonly string[], names: readonly string[], asked: boolean): string {
  if (!asked || names.length === 0) return '';
  if (missing.length > 0)
    return `Nothing sends ${missing.join(', ')}. Scrape the exporter that has ${missing.length === 1 ? 'it' : 'them'}; see Status, Targets.`;
  const [first = ''] = names;
  return names.length === 1
    ? `${first} exists, but not with these labels in this range, or no value passes the query's filter.`
    : 'The metrics exist, but nothing matches these labels in this range, or no value passes the query.';
}
