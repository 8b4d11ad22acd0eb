import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { LabelRequest } from '../../model/ports.ts';
import { clientSignal } from '../../base/client-signal.ts';
import { decodeLabelName } from './label-name.ts';
import type { MetricsApiDeps } from './metrics-api.ts';
import { Parameters } from './parameters.ts';
import { TRUNCATED } from './result-json.ts';

/** Most series, names or values in one answer: 100,000 series are about 20 MB of JSON. */
const ANSWER_MAX = 100_000;
/** Without `end`, samples a little ahead of our clock still count. */
const FUTURE_MS = 600_000;

/** series, labels, label values and metadata. */
export function registerMetadataRoutes(scope: FastifyInstance, deps: MetricsApiDeps): void {
  const { store, clock } = deps;

  const series = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const parameters = new Parameters(request);
    if (parameters.all('match[]').length === 0)
      throw new VedetteError('QUERY_BAD_PARAMETER', 'no match[] parameter provided');
    const limit = Math.min(parameters.limit() ?? ANSWER_MAX, ANSWER_MAX);
    const found = await store.series(labelRequest(parameters, clock, limit), clientSignal(reply));
    return answer(
      found.slice(0, limit).map((labels) => labels.toObject()),
      found.length > limit,
    );
  };

  const labels = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const parameters = new Parameters(request);
    const limit = Math.min(parameters.limit() ?? ANSWER_MAX, ANSWER_MAX);
    const names = await store.labelNames(labelRequest(parameters, clock, limit), clientSignal(reply));
    return answer(names.slice(0, limit), names.length > limit);
  };

  for (const method of ['GET', 'POST'] as const) {
    scope.route({ method, url: '/api/v1/series', handler: series });
    scope.route({ method, url: '/api/v1/labels', handler: labels });
  }

  scope.get<{ Params: { name: string } }>('/api/v1/label/:name/values', async (request, reply) => {
    const name = decodeLabelName(request.params.name);
    if (name === undefined || name === '') {
      throw new VedetteError('QUERY_BAD_PARAMETER', `invalid label name: ${JSON.stringify(request.params.name)}`);
    }
    const parameters = new Parameters(request);
    const limit = Math.min(parameters.limit() ?? ANSWER_MAX, ANSWER_MAX);
    const values = await store.labelValues(name, labelRequest(parameters, clock, limit), clientSignal(reply));
    return answer(values.slice(0, limit), values.length > limit);
  });

  scope.get('/api/v1/metadata', async (request) => {
    const parameters = new Parameters(request);
    const metric = parameters.text('metric');
    const limit = metadataLimit(parameters, 'limit', 0);
    const perMetric = metadataLimit(parameters, 'limit_per_metric', 1);
    const data: Record<string, unknown> = {};
    let count = 0;
    for (const [name, entries] of store.metadata(metric === '' ? undefined : metric)) {
      if (count++ >= limit) break;
      Object.defineProperty(data, name, {
        value: entries.slice(0, perMetric).map(({ type, help, unit }) => ({ type, help, unit })),
        enumerable: true,
      });
    }
    return { status: 'success', data };
  });
}

/** One more than asked for, which tells whether there are more. */
function labelRequest(parameters: Parameters, clock: Clock, limit: number): LabelRequest {
  return {
    matcherSets: parameters.matcherSets(),
    startMs: parameters.time('start', 0),
    endMs: parameters.time('end', clock.now() + FUTURE_MS),
    limit: limit + 1,
  };
}

/** Prometheus takes any whole number here; what is below `least` is no limit. */
function metadataLimit(parameters: Parameters, name: string, least: number): number {
  const text = parameters.text(name);
  if (text === '') return Infinity;
  if (!/^[+-]?\d+$/.test(text)) throw new VedetteError('QUERY_BAD_PARAMETER', `${name} must be a number`);
  return Number(text) < least ? Infinity : Number(text);
}

function answer(data: readonly unknown[], truncated: boolean): unknown {
  return truncated ? { status: 'success', data, warnings: [TRUNCATED] } : { status: 'success', data };
}
