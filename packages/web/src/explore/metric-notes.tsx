import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { metadataOf } from '../api/prometheus.ts';
import { metricNames } from '../format/metric-names.ts';
import { Badge } from '../ui/badge.tsx';

/** More names than this in one query are not explained. */
const METRICS_MAX = 4;

const METADATA_FRESH_MS = 300_000;

/** Type and help text of the metrics that a query names. */
export function MetricNotes({ queries }: { readonly queries: readonly string[] }): ReactNode {
  const names = [...new Set(queries.flatMap((query) => metricNames(query)))].slice(0, METRICS_MAX);
  const notes = useQueries({
    queries: names.map((name) => ({
      queryKey: ['metadata', name],
      queryFn: async ({ signal }: { signal: AbortSignal }) => ({
        name,
        found: (await metadataOf(name, signal))[0] ?? null,
      }),
      staleTime: METADATA_FRESH_MS,
      gcTime: METADATA_FRESH_MS,
    })),
  });
  const known = notes.flatMap((note) => (note.data?.found ? [{ name: note.data.name, ...note.data.found }] : []));
  if (known.length === 0) return null;
  return (
    <ul className="flex max-w-full min-w-0 flex-col gap-1 text-xs text-ink2" aria-label="Metrics in these queries">
      {known.map((note) => (
        <li key={note.name} className="flex min-w-0 items-center gap-2">
          <code className="font-mono text-ink">{note.name}</code>
          <Badge>{note.type}</Badge>
          <span className="truncate">{note.help}</span>
        </li>
      ))}
    </ul>
  );
}
