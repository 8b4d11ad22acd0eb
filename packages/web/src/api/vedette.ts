import type {
  AcknowledgeAnswer,
  AcknowledgeRequest,
  AcknowledgementList,
  AlertHistoryAnswer,
  AlertNoiseReport,
  AlertingOverview,
  AlertingRoutes,
  DashboardList,
  DashboardModel,
  EscalationOverview,
  RouteTestAnswer,
  RouteTestRequest,
  RuleDoctorAnswer,
  StatusOverview,
  TargetSeriesOverview,
} from '@vedette/wire/http';
import { getJson, sendJson } from './client.ts';

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

export async function alertingRoutes(signal?: AbortSignal): Promise<AlertingRoutes> {
  return (await getJson('/api/vedette/alerting/routes', signal)) as AlertingRoutes;
}

export async function routeTest(request: RouteTestRequest, signal?: AbortSignal): Promise<RouteTestAnswer> {
  return (await sendJson('POST', '/api/vedette/alerting/route-test', request, signal)) as RouteTestAnswer;
}

export async function acknowledgements(signal?: AbortSignal): Promise<AcknowledgementList> {
  return (await getJson('/api/vedette/alerting/acknowledgements', signal)) as AcknowledgementList;
}

export async function acknowledge(request: AcknowledgeRequest): Promise<AcknowledgeAnswer> {
  return (await sendJson('POST', '/api/vedette/alerting/acknowledgements', request)) as AcknowledgeAnswer;
}

export async function withdrawAcknowledgement(fingerprint: string): Promise<void> {
  await sendJson('DELETE', `/api/vedette/alerting/acknowledgements?fingerprint=${encodeURIComponent(fingerprint)}`);
}

export async function escalationOverview(signal?: AbortSignal): Promise<EscalationOverview> {
  return (await getJson('/api/vedette/alerting/escalation', signal)) as EscalationOverview;
}

export interface DoctorQuestion {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  /** Another threshold or `for` to try on the stored past. */
  readonly threshold?: string;
  readonly for?: string;
}

export async function ruleDoctor(question: DoctorQuestion, signal?: AbortSignal): Promise<RuleDoctorAnswer> {
  return (await getJson(`/api/vedette/rules/doctor?${searchOf({ ...question })}`, signal)) as RuleDoctorAnswer;
}

export interface HistoryQuestion {
  readonly matchers: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly state: string;
  readonly limit: number;
  readonly cursor?: string;
}

export async function alertHistory(question: HistoryQuestion, signal?: AbortSignal): Promise<AlertHistoryAnswer> {
  const search = searchOf({
    start: String(question.startMs / 1000),
    end: String(question.endMs / 1000),
    state: question.state,
    limit: String(question.limit),
    cursor: question.cursor,
  });
  for (const matcher of question.matchers) search.append('filter', matcher);
  return (await getJson(`/api/vedette/alerting/history?${search}`, signal)) as AlertHistoryAnswer;
}

export async function alertNoise(days: number, signal?: AbortSignal): Promise<AlertNoiseReport> {
  return (await getJson(`/api/vedette/alerting/noise?days=${days}`, signal)) as AlertNoiseReport;
}

function searchOf(parameters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') search.set(name, value);
  return search;
}
