import type { DashboardModel, DashboardSummary, StatusOverview } from '@vedette/wire/http';
import { getJson } from './client.ts';

export async function dashboards(signal?: AbortSignal): Promise<readonly DashboardSummary[]> {
  return (await getJson('/api/vedette/dashboards', signal)) as readonly DashboardSummary[];
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

export interface ReceiverIntegration {
  readonly kind: string;
  readonly lastSuccessMs?: number | null;
  readonly lastErrorMs?: number | null;
  readonly lastError?: string | null;
}

export interface ReceiverState {
  readonly name: string;
  readonly integrations?: readonly ReceiverIntegration[];
}

export interface AlertingOverview {
  readonly route?: unknown;
  readonly receivers?: readonly ReceiverState[];
  readonly groups?: readonly unknown[];
}

export async function alertingOverview(signal?: AbortSignal): Promise<AlertingOverview> {
  return (await getJson('/api/vedette/alerting', signal)) as AlertingOverview;
}
