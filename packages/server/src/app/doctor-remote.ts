import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { Deadlines, HttpClient, HttpFailure } from '../base/http-client/index.ts';
import { formatExpr } from '../metrics/query/index.ts';
import { Labels, METRIC_NAME } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import type { LabelRequest, MatrixResult, QueryEngine, QueryResult, SeriesPoints } from '../model/ports.ts';
import type { MetricMetadata, MetricType } from '../model/sample.ts';
import { type DoctorStore, familyNames } from '../rules/doctor/index.ts';

/** A day of a thousand series is about 60 MB of JSON. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 60_000;

const labelSet = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);
const histogramPoint = z.tuple([z.number(), z.unknown()]);
const vectorSample = z.object({ metric: labelSet, value: point.optional(), histogram: histogramPoint.optional() });
const matrixSeries = z.object({
  metric: labelSet,
  values: z.array(point).default([]),
  histograms: z.array(histogramPoint).default([]),
});
const queryData = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: point }),
  z.object({ resultType: z.literal('string'), result: point }),
  z.object({ resultType: z.literal('vector'), result: z.array(vectorSample) }),
  z.object({ resultType: z.literal('matrix'), result: z.array(matrixSeries) }),
]);
const failed = z.object({
  status: z.literal('error'),
  errorType: z.string().default(''),
  error: z.string().default(''),
});
const metadataEntry = z.object({ type: z.string(), help: z.string().default(''), unit: z.string().default('') });
const metadataData = z.record(z.string(), z.array(metadataEntry));

/** A server that speaks Prometheus's HTTP API (Vedette, Prometheus), as the doctor's store. */
export function remoteDoctorStore(
  server: string,
  headers: readonly string[],
  clock: Clock,
): { readonly store: DoctorStore; close(): Promise<void> } {
  if (!URL.canParse(server) || !/^https?:/.test(server))
    throw new VedetteError('CONFIG_INVALID', `--server: ${server} is not an http or https address`);
  const client = new HttpClient(
    { clock, deadlines: new Deadlines(clock), userAgent: 'vedette' },
    { follow_redirects: true },
  );
  const api = new PrometheusApi(client, new URL(server.endsWith('/') ? server : `${server}/`), headers);
  return {
    store: {
      engine: remoteEngine(api),
      series: {
        series: async ({ matcherSets, startMs, endMs, limit }, signal) => {
          const form = period(startMs, endMs);
          for (const matchers of matcherSets) form.append('match[]', selectorText(matchers));
          // Servers that do not know `limit` answer with all.
          if (limit !== undefined) form.set('limit', String(limit));
          const found = await api.ask('api/v1/series', form, z.array(labelSet), signal);
          return found.slice(0, limit).map((labels) => Labels.fromObject(labels));
        },
        labelValues: async (name: string, { startMs, endMs, limit }: LabelRequest, signal) => {
          const path = `api/v1/label/${encodeURIComponent(name)}/values?${period(startMs, endMs).toString()}`;
          return (await api.ask(path, undefined, z.array(z.string()), signal)).slice(0, limit);
        },
      },
      metadata: async (metric, signal) => {
        for (const name of familyNames(metric)) {
          const path = `api/v1/metadata?${new URLSearchParams({ metric: name }).toString()}`;
          const [entry] = (await api.ask(path, undefined, metadataData, signal))[name] ?? [];
          if (entry) return metadataOf(name, entry);
        }
        return undefined;
      },
    },
    close: () => client.close(),
  };
}

class PrometheusApi {
  readonly #client: HttpClient;
  readonly #base: URL;
  readonly #headers: readonly string[];

  constructor(client: HttpClient, base: URL, headers: readonly string[]) {
    this.#client = client;
    this.#base = base;
    this.#headers = headers;
  }

  async ask<T>(path: string, form: URLSearchParams | undefined, data: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const url = new URL(path, this.#base);
    let text: string;
    try {
      const answer = await this.#client.send({
        url,
        headers: form ? [...this.#headers, 'content-type', 'application/x-www-form-urlencoded'] : this.#headers,
        ...(form ? { body: form.toString() } : {}),
        timeoutMs: ANSWER_TIMEOUT_MS,
        timeoutName: 'timeout',
        bodyBytesMax: ANSWER_BYTES_MAX,
        bodyLimitName: 'answers to the doctor',
        signal,
      });
      text = answer.body.toString('utf8');
      if (answer.status === 401 || answer.status === 403)
        throw new VedetteError(
          'UNAUTHORIZED',
          `${url.origin} wants credentials; give --token-file, or http://user:password@…`,
        );
      if (answer.status === 404)
        throw new VedetteError(
          'NOT_FOUND',
          `${url.origin}${url.pathname} is not there; --server must speak Prometheus's HTTP API`,
        );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HttpFailure)
        throw new VedetteError('DATABASE_UNAVAILABLE', `no answer from ${url.origin}: ${error.message}`, {
          cause: error,
        });
      throw error;
    }
    return parsed(text, url, data);
  }
}

function parsed<T>(text: string, url: URL, data: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VedetteError(
      'DATABASE_QUERY',
      `${url.origin}${url.pathname} did not answer with JSON: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  const failure = failed.safeParse(json);
  if (failure.success) throw failureOf(failure.data);
  const answer = z.object({ data }).safeParse(json);
  if (!answer.success)
    throw new VedetteError(
      'DATABASE_QUERY',
      `${url.origin}${url.pathname} answers in another shape than Prometheus's HTTP API`,
    );
  return answer.data.data as T;
}

function failureOf({ errorType, error }: z.infer<typeof failed>): VedetteError {
  if (/too many samples|maximum resolution/.test(error)) return new VedetteError('QUERY_TOO_LARGE', error);
  if (errorType === 'bad_data') return new VedetteError('PROMQL_PARSE', error);
  if (errorType === 'timeout') return new VedetteError('QUERY_TIMEOUT', error);
  return new VedetteError(errorType === 'execution' ? 'PROMQL_EXECUTION' : 'DATABASE_UNAVAILABLE', error);
}

function remoteEngine(api: PrometheusApi): QueryEngine {
  const notes = { warnings: [], infos: [] };
  return {
    instant: async (query, at, { signal }): Promise<QueryResult> => {
      const form = new URLSearchParams({ query, time: String(at / 1000) });
      const data = await api.ask('api/v1/query', form, queryData, signal);
      switch (data.resultType) {
        case 'scalar':
          return { ...notes, type: 'scalar', timestampMs: at, value: Number(data.result[1]) };
        case 'string':
          return { ...notes, type: 'string', timestampMs: at, value: data.result[1] };
        case 'vector':
          return {
            ...notes,
            type: 'vector',
            samples: data.result.map(({ metric, value }) => ({
              labels: Labels.fromObject(metric),
              timestampMs: at,
              value: value ? sampleValue(value[1]) : 0,
            })),
          };
        case 'matrix':
          return { ...notes, type: 'matrix', series: data.result.map(seriesPoints) };
      }
    },
    range: async (query, { startMs, endMs, stepMs }, { signal }): Promise<MatrixResult> => {
      const form = period(startMs, endMs);
      form.set('query', query);
      form.set('step', String(stepMs / 1000));
      const data = await api.ask('api/v1/query_range', form, queryData, signal);
      if (data.resultType !== 'matrix')
        throw new VedetteError('DATABASE_QUERY', `a range query was answered with a ${data.resultType}`);
      return { ...notes, type: 'matrix', series: data.result.map(seriesPoints) };
    },
  };
}

/** Histograms count as 0, as they do for the value of an alert. */
function seriesPoints({ metric, values, histograms }: z.infer<typeof matrixSeries>): SeriesPoints {
  const points: (readonly [number, number])[] = values.map(([seconds, text]) => [seconds, sampleValue(text)]);
  for (const [seconds] of histograms) points.push([seconds, 0]);
  if (histograms.length > 0) points.sort((a, b) => a[0] - b[0]);
  return {
    labels: Labels.fromObject(metric),
    timestampMs: Float64Array.from(points, ([seconds]) => Math.round(seconds * 1000)),
    value: Float64Array.from(points, ([, value]) => value),
  };
}

function sampleValue(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

function period(startMs: number, endMs: number): URLSearchParams {
  return new URLSearchParams({ start: String(startMs / 1000), end: String(endMs / 1000) });
}

function selectorText(matchers: readonly Matcher[]): string {
  const name = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=')?.value ?? '';
  // A name that is no identifier stays a matcher.
  const isPlain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  return formatExpr({ kind: 'selector', span: { start: 0, end: 0 }, name: isPlain ? name : '', matchers, offsetMs: 0 });
}

const TYPES: ReadonlySet<string> = new Set<MetricType>([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
]);

function metadataOf(name: string, { type, help, unit }: z.infer<typeof metadataEntry>): MetricMetadata {
  return { name, type: TYPES.has(type) ? (type as MetricType) : 'unknown', help, unit };
}
