import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type UnixMs, unixMs } from '../../base/clock.ts';
import type { QueryOptions, QueryResult } from '../../model/ports.ts';
import { formatExpr, parseExpr } from '../query/index.ts';
import { sendChunks } from '../../base/answer-stream.ts';
import { clientSignal } from '../../base/client-signal.ts';
import type { MetricsApiDeps } from './metrics-api.ts';
import { Parameters, badParameter } from './parameters.ts';
import type { QueryGate } from './query-gate.ts';
import { resultJson } from './result-json.ts';
import { type StatsRequest, statsRequest } from './stats-json.ts';
import { translateExpr } from './translate-expr.ts';

/** query, query_range, format_query and parse_query. */
export function registerQueryRoutes(scope: FastifyInstance, deps: MetricsApiDeps, gate: QueryGate): void {
  const run = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (parameters: Parameters, options: QueryOptions) => Promise<QueryResult>,
  ): Promise<FastifyReply> => {
    const parameters = new Parameters(request);
    const limit = parameters.limit();
    const stats = statsRequest(parameters.text('stats'));
    const signal = clientSignal(reply);
    let queueMs = 0;
    const result = await gate.run((waitedMs) => {
      queueMs = waitedMs;
      return work(parameters, queryOptions(parameters, signal, stats));
    }, signal);
    const chunks = resultJson(result, { stats, queueMs, ...(limit === undefined ? {} : { limit }) });
    return sendChunks(request, reply.type('application/json; charset=utf-8'), deps.clock, chunks);
  };

  const instant = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    run(request, reply, (parameters, options) =>
      deps.engine.instant(parameters.query(), timeOf(parameters, deps.clock.now()), options),
    );

  const range = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    run(request, reply, (parameters, options) => {
      const startMs = unixMs(parameters.time('start'));
      const endMs = unixMs(parameters.time('end'));
      if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start time');
      const stepMs = parameters.duration('step');
      if (stepMs === undefined) throw badParameter('step', 'cannot parse "" to a valid duration');
      if (stepMs <= 0) {
        throw badParameter(
          'step',
          'zero or negative query resolution step widths are not accepted. Try a positive integer',
        );
      }
      return deps.engine.range(parameters.query(), { startMs, endMs, stepMs }, options);
    });

  const format = async (request: FastifyRequest): Promise<unknown> => ({
    status: 'success',
    data: formatExpr(parseExpr(new Parameters(request).query())),
  });

  const parse = async (request: FastifyRequest): Promise<unknown> => ({
    status: 'success',
    data: translateExpr(parseExpr(new Parameters(request).query())),
  });

  for (const method of ['GET', 'POST'] as const) {
    scope.route({ method, url: '/api/v1/query', handler: instant });
    scope.route({ method, url: '/api/v1/query_range', handler: range });
    scope.route({ method, url: '/api/v1/format_query', handler: format });
    scope.route({ method, url: '/api/v1/parse_query', handler: parse });
  }
}

function timeOf(parameters: Parameters, now: UnixMs): UnixMs {
  return unixMs(parameters.time('time', now));
}

function queryOptions(parameters: Parameters, signal: AbortSignal, stats: StatsRequest): QueryOptions {
  const timeoutMs = parameters.duration('timeout');
  const lookbackDeltaMs = parameters.duration('lookback_delta');
  if (timeoutMs !== undefined && timeoutMs <= 0) throw badParameter('timeout', 'must be greater than zero');
  if (lookbackDeltaMs !== undefined && lookbackDeltaMs <= 0)
    throw badParameter('lookback_delta', 'must be greater than zero');
  // `nocache` is VictoriaMetrics's name for it. What a query cost is told of all of it.
  const fresh = stats.wanted || parameters.text('nocache') === '1';
  return {
    signal,
    stats: stats.perStep ? 'all' : 'none',
    ...(fresh ? { fresh } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs }),
  };
}
