import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type { DashboardModel } from '@vedette/wire/http';
import { useMemo } from 'react';
import type { PageTime } from '../../time/time-context.tsx';
import { useUrlState } from '../../time/url-state.ts';
import { runLookup } from './lookup.ts';
import { type ResolvedVariable, lacksOptions, resolveVariables } from './resolve.ts';

/** Lists of names change slowly; a choice in one variable must not ask for all others again. */
const LOOKUP_FRESH_MS = 60_000;

/** A server that has just started knows no names yet: an empty list is asked for again, or its dashboard would stay empty. */
const EMPTY_RETRY_MS = 5_000;

export interface Variables {
  readonly resolved: ReadonlyMap<string, ResolvedVariable> | undefined;
  readonly isFetching: boolean;
  readonly choose: (name: string, values: readonly string[]) => void;
}

/** Variables of a dashboard, chosen in the address as `var-name=value`. */
export function useVariables(model: DashboardModel, time: PageTime, ready: boolean): Variables {
  const { search, change } = useUrlState();
  const client = useQueryClient();
  const wanted = model.variables.map(
    ({ name }) => [name, search.has(`var-${name}`) ? search.getAll(`var-${name}`) : null] as const,
  );
  const key = JSON.stringify(wanted);
  // Options depend on the range only as a window to look into: a minute more or less gives the same names.
  const window = {
    startMs: Math.floor(time.range.fromMs / LOOKUP_FRESH_MS) * LOOKUP_FRESH_MS,
    endMs: Math.ceil(time.range.toMs / LOOKUP_FRESH_MS) * LOOKUP_FRESH_MS,
  };
  const query = useQuery({
    queryKey: ['variables', model.uid, key, time.raw.from, time.raw.to],
    enabled: ready,
    placeholderData: keepPreviousData,
    staleTime: LOOKUP_FRESH_MS,
    refetchInterval: ({ state }) => (state.data && lacksOptions(state.data) ? EMPTY_RETRY_MS : false),
    queryFn: () =>
      resolveVariables(
        model,
        new Map(wanted.flatMap(([name, values]) => (values ? [[name, values]] : []))),
        { fromMs: window.startMs, toMs: window.endMs },
        {
          lookup: (lookup) =>
            client.fetchQuery({
              queryKey: ['lookup', lookup, time.raw.from, time.raw.to],
              staleTime: ({ state }) => (state.data && state.data.length > 0 ? LOOKUP_FRESH_MS : 0),
              queryFn: ({ signal }) => runLookup(lookup, window, signal),
            }),
        },
      ),
  });
  return useMemo(
    () => ({
      resolved: query.data,
      isFetching: query.isFetching,
      choose: (name, values) => change({ [`var-${name}`]: values }),
    }),
    [query.data, query.isFetching, change],
  );
}
