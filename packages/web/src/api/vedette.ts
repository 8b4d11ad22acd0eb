import type {
  AlertingOverview,
  DashboardList,
  DashboardModel,
  StatusOverview,
  TargetSeriesOverview,
} from '@vedette/wire/http';
import { getJson } from './client.ts';

export async function dashboards(signal?: AbortSignal): Promise<DashboardList> {
  return (await getJson('/api/vedette/dashboards', signal)) as DashboardList;
}

export async function dashboard(uid: string, signal?: AbortSignal): Promise<DashboardModel> {
  return (await getJson(`/api/vedette/dashboards/${encodeURIComponent(uid)}`, signal)) as DashboardModel;
}

/** The file as it was written, for inspection; nothing is drawn from it. */
export async function dashboardSource(uid: string, signal?: AbortSignal): Promise<unknown> {
  return getJson(`/api/vedette/dashboards/${encodeURIComponent(uid)}/source`, signal);
}

export async function statusOverview(signal?: AbortSignal): Promise<StatusOverview> {
  return (await getJson('/api/vedette/status', signal)) as StatusOverview;
}

export async function targetSeries(signal?: AbortSignal): Promise<TargetSeriesOverview> {
  return (await getJson('/api/vedette/target-series', signal)) as TargetSeriesOverview;
}

export async function alertingOverview(signal?: AbortSignal): Promise<AlertingOverview> {
  return (await getJson('/api/vedette/alerting', signal)) as AlertingOverview;
}
