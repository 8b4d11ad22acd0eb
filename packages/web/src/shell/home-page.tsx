import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Redirect, useSearch } from 'wouter';
import { cameraCountQuery, dashboardListQuery } from '../api/queries.ts';
import { HOST_DASHBOARD_UID, type TimeQuery, routes } from '../routes.ts';
import { Loading } from '../ui/states.tsx';

/**
 * Opens the wall where there are cameras, else the host dashboard where there is one: charts of this very machine are the first thing a new
 * user sees.
 */
export function HomePage(): ReactNode {
  const search = new URLSearchParams(useSearch());
  const list = useQuery(dashboardListQuery());
  const cameras = useQuery(cameraCountQuery());
  if (cameras.isPending) return <Loading />;
  if ((cameras.data ?? 0) > 0) return <Redirect replace to={routes.fleet()} />;
  if (list.isPending) return <Loading />;
  const host = list.data?.dashboards.some((summary) => summary.uid === HOST_DASHBOARD_UID) ?? false;
  return <Redirect replace to={host ? routes.dashboard(HOST_DASHBOARD_UID, rangeOf(search)) : routes.dashboards()} />;
}

/** A range in the address of the home page goes on to the dashboard. */
function rangeOf(search: URLSearchParams): TimeQuery {
  const names = ['from', 'to', 'refresh'] as const;
  return Object.fromEntries(names.flatMap((name) => (search.has(name) ? [[name, search.get(name)]] : [])));
}
