import { cameraCount } from './camera-count.ts';
import { dashboard, dashboards } from './vedette.ts';

/** A dashboard's file changes rarely; going back to it must not ask again. */
const DASHBOARD_FRESH_MS = 60_000;

/** Questions that are asked from more than one place, and so must have one key. */
export const dashboardQuery = (uid: string) => ({
  queryKey: ['dashboard', uid] as const,
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => dashboard(uid, signal),
  staleTime: DASHBOARD_FRESH_MS,
});

export const dashboardListQuery = () => ({
  queryKey: ['dashboards'] as const,
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => dashboards(signal),
});

export const cameraCountQuery = () => ({
  queryKey: ['camera-count'] as const,
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => cameraCount(signal),
});
