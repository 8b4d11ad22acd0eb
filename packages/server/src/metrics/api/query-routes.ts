import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type UnixMs, unixMs } from '../../base/clock.ts';
import type { QueryOptions, QueryResult } from '../../model/ports.ts';
import { formatExpr, parseExpr } from '../query/index.ts';
import { clientSignal } from './client-signal.ts';
import type { MetricsApiDeps } from './metrics-api.ts';
import { Parameters, badParameter } from './parameters.ts';
import type { QueryGate } from './query-gate.ts';
import { resultJson } from './result-json.ts';

/** query, query_range and format_query. */
export function registerQueryRoutes(scope: FastifyInstance, deps: MetricsApiDeps, gate: QueryGate): void {
  const run = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (parameters: Parameters, options: QueryOptions) => Promise<QueryResult>,
  ): Promise<FastifyReply> => {
    const parameters = new Parameters(request);
    const limit = parameters.limit();
    const signal = clientSignal(reply);
    const result = await gate.run(() => work(parameters, queryOptions(parameters, signal)), signal);
    return sendChunks(reply, resultJson(result, limit));
  };

  const instant = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    run(request, reply, (parameters, options) =>
      deps.engine.instant(queryText(parameters), timeOf(parameters, deps.clock.now()), options),
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
      return deps.engine.range(queryText(parameters), { startMs, endMs, stepMs }, options);
    });

  const format = async (request: FastifyRequest): Promise<unknown> => ({
    status: 'success',
    data: formatExpr(parseExpr(queryText(new Parameters(request)))),
  });

  for (const method of ['GET', 'POST'] as const) {
    scope.route({ method, url: '/api/v1/query', handler: instant });
    scope.route({ method, url: '/api/v1/query_range', handler: range });
    scope.route({ method, url: '/api/v1/format_query', handler: format });
  }
}

function queryText(parameters: Parameters): string {
  const query = parameters.text('query');
  if (query.trim() === '') throw badParameter('query', 'unknown position: parse error: no expression found in input');
  return query;
}

function timeOf(parameters: Parameters, now: UnixMs): UnixMs {
  return unixMs(parameters.time('time', now));
}

function queryOptions(parameters: Parameters, signal: AbortSignal): QueryOptions {
  const timeoutMs = parameters.duration('timeout');
  const lookbackDeltaMs = parameters.duration('lookback_delta');
  if (timeoutMs !== undefined && timeoutMs <= 0) throw badParameter('timeout', 'must be greater than zero');
  if (lookbackDeltaMs !== undefined && lookbackDeltaMs <= 0)
    throw badParameter('lookback_delta', 'must be greater than zero');
  return {
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs }),
  };
}

/** One text when the answer is small, a stream when it comes in several chunks. */
function sendChunks(reply: FastifyReply, chunks: Generator<string>): FastifyReply {
  void reply.type('application/json; charset=utf-8');
  const first = chunks.next();
  const second = chunks.next();
  if (second.done === true) return reply.send(first.done === true ? '' : first.value);
  return reply.send(
    Readable.from(rest(first.done === true ? '' : first.value, second.value, chunks), { objectMode: false }),
  );
}

function* rest(first: string, second: string, chunks: Generator<string>): Generator<string> {
  yield first;
  yield second;
  yield* chunks;
}
