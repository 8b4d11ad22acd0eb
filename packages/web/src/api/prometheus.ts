import type { RuleGroupExtras } from '@vedette/wire/http';
import { ApiError, getJson, postForm } from './client.ts';

export type LabelSet = Readonly<Record<string, string>>;

/** `[unix seconds, value as text]`, as the Prometheus API writes it. */
export type WirePoint = readonly [number, string];

export type QueryData =
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: LabelSet; readonly value: WirePoint }[];
    }
  | {
      readonly resultType: 'matrix';
      readonly result: readonly { readonly metric: LabelSet; readonly values: readonly WirePoint[] }[];
    }
  | { readonly resultType: 'scalar' | 'string'; readonly result: WirePoint };

export interface QueryAnswer {
  readonly data: QueryData;
  readonly warnings: readonly string[];
}

interface Envelope {
  readonly status: string;
  readonly data?: unknown;
  readonly error?: string;
  readonly errorType?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

function open(body: unknown): { data: unknown; warnings: readonly string[] } {
  const envelope = body as Envelope;
  if (envelope.status !== 'success') {
    throw new ApiError('http', envelope.error ?? 'the query failed', 200, envelope.errorType ?? '');
  }
  return { data: envelope.data, warnings: [...(envelope.warnings ?? []), ...(envelope.infos ?? [])] };
}

const seconds = (ms: number): string => String(ms / 1000);

export async function queryInstant(expr: string, atMs: number, signal?: AbortSignal): Promise<QueryAnswer> {
  const fields = [
    ['query', expr],
    ['time', seconds(atMs)],
  ] as const;
  const { data, warnings } = open(await postForm('/api/v1/query', fields, signal));
  return { data: data as QueryData, warnings };
}

export interface RangeRequest {
  readonly expr: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export async function queryRange(request: RangeRequest, signal?: AbortSignal): Promise<QueryAnswer> {
  const fields = [
    ['query', request.expr],
    ['start', seconds(request.startMs)],
    ['end', seconds(request.endMs)],
    ['step', seconds(request.stepMs)],
  ] as const;
  const { data, warnings } = open(await postForm('/api/v1/query_range', fields, signal));
  return { data: data as QueryData, warnings };
}

export interface LookupWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** Enough for a drop-down; more names than this are searched by typing. */
export const LOOKUP_LIMIT = 10_000;

function lookupFields(
  matchers: readonly string[],
  window: LookupWindow | undefined,
  limit: number,
): [string, string][] {
  const fields: [string, string][] = matchers.map((matcher) => ['match[]', matcher]);
  if (window) fields.push(['start', seconds(window.startMs)], ['end', seconds(window.endMs)]);
  fields.push(['limit', String(limit)]);
  return fields;
}

export async function labelNames(
  matchers: readonly string[],
  window?: LookupWindow,
  signal?: AbortSignal,
  limit = LOOKUP_LIMIT,
): Promise<readonly string[]> {
  const { data } = open(await postForm('/api/v1/labels', lookupFields(matchers, window, limit), signal));
  return data as readonly string[];
}

export async function labelValues(
  name: string,
  matchers: readonly string[],
  window?: LookupWindow,
  signal?: AbortSignal,
  limit = LOOKUP_LIMIT,
): Promise<readonly string[]> {
  const search = new URLSearchParams(lookupFields(matchers, window, limit)).toString();
  const { data } = open(await getJson(`/api/v1/label/${encodeURIComponent(name)}/values?${search}`, signal));
  return data as readonly string[];
}

export async function seriesOf(
  matchers: readonly string[],
  window?: LookupWindow,
  signal?: AbortSignal,
  limit = LOOKUP_LIMIT,
): Promise<readonly LabelSet[]> {
  const { data } = open(await postForm('/api/v1/series', lookupFields(matchers, window, limit), signal));
  return data as readonly LabelSet[];
}

export interface MetricMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

export async function metadataOf(metric: string, signal?: AbortSignal): Promise<readonly MetricMetadata[]> {
  const search = new URLSearchParams({ metric, limit: '1' }).toString();
  const { data } = open(await getJson(`/api/v1/metadata?${search}`, signal));
  return (data as Record<string, readonly MetricMetadata[]>)[metric] ?? [];
}

export interface ActiveTarget {
  readonly discoveredLabels: LabelSet;
  readonly labels: LabelSet;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly lastError: string;
  readonly lastScrape: string;
  /** Seconds. */
  readonly lastScrapeDuration: number;
  readonly health: 'up' | 'down' | 'unknown';
  readonly scrapeInterval?: string;
  readonly scrapeTimeout?: string;
}

export interface TargetsAnswer {
  readonly activeTargets: readonly ActiveTarget[];
  readonly droppedTargets: readonly { readonly discoveredLabels: LabelSet }[];
}

export async function targets(signal?: AbortSignal): Promise<TargetsAnswer> {
  return open(await getJson('/api/v1/targets', signal)).data as TargetsAnswer;
}

export interface CardinalityEntry {
  readonly name: string;
  readonly value: number;
}

/** Which metrics and labels the series come from, largest first. */
export interface TsdbStatus {
  readonly seriesCountByMetricName: readonly CardinalityEntry[];
  readonly labelValueCountByLabelName: readonly CardinalityEntry[];
  readonly memoryInBytesByLabelName: readonly CardinalityEntry[];
  /** Names are `label=value`. */
  readonly seriesCountByLabelValuePair: readonly CardinalityEntry[];
}

export async function tsdbStatus(limit: number, signal?: AbortSignal): Promise<TsdbStatus> {
  return open(await getJson(`/api/v1/status/tsdb?limit=${limit}`, signal)).data as TsdbStatus;
}

export interface ActiveAlert {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly state: 'pending' | 'firing' | 'inactive';
  readonly activeAt: string;
  readonly value: string;
  readonly keepFiringSince?: string;
}

export async function alerts(signal?: AbortSignal): Promise<readonly ActiveAlert[]> {
  return (open(await getJson('/api/v1/alerts', signal)).data as { alerts?: readonly ActiveAlert[] }).alerts ?? [];
}

interface RuleBase {
  readonly name: string;
  readonly query: string;
  readonly labels?: LabelSet;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  /** Seconds. */
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

export interface AlertingRule extends RuleBase {
  readonly type: 'alerting';
  readonly state: 'inactive' | 'pending' | 'firing' | 'unknown';
  /** Seconds. */
  readonly duration: number;
  readonly keepFiringFor?: number;
  readonly annotations?: LabelSet;
  readonly alerts?: readonly ActiveAlert[];
}

export interface RecordingRule extends RuleBase {
  readonly type: 'recording';
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup extends Partial<RuleGroupExtras> {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly Rule[];
  /** Seconds. */
  readonly interval: number;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

export async function ruleGroups(signal?: AbortSignal): Promise<readonly RuleGroup[]> {
  return (open(await getJson('/api/v1/rules', signal)).data as { groups?: readonly RuleGroup[] }).groups ?? [];
}
