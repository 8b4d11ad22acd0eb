import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import type { ExemplarSource } from '../../model/ports.ts';
import { collectSelectors, formatSampleValue, parseExpr } from '../query/index.ts';
import { clientSignal } from '../../base/client-signal.ts';
import type { MetricsApiDeps } from './metrics-api.ts';
import { Parameters, badParameter } from './parameters.ts';
import { labelsJson } from './result-json.ts';
import { formatTimestamp } from './timestamp-json.ts';

/** query_exemplars: the exemplars of every series that a selector of the query matches. */
export function registerExemplarRoutes(scope: FastifyInstance, deps: MetricsApiDeps): void {
  const { exemplars: source } = deps;
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const parameters = new Parameters(request);
    const startMs = parameters.time('start', Number.MIN_SAFE_INTEGER);
    const endMs = parameters.time('end', Number.MAX_SAFE_INTEGER);
    if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start timestamp');
    const selectors = collectSelectors(parseExpr(parameters.query()));
    const found =
      source && selectors.length > 0
        ? await source.exemplars(
            { matcherSets: selectors.map(({ matchers }) => matchers), startMs, endMs },
            clientSignal(reply),
          )
        : [];
    return reply.type('application/json; charset=utf-8').send(exemplarsJson(found));
  };
  for (const method of ['GET', 'POST'] as const) scope.route({ method, url: '/api/v1/query_exemplars', handler });
}

/** Exemplars kept are bounded by the store, so the body is one text; what would exceed it is refused. */
const EXEMPLARS_MAX = 200_000;

function exemplarsJson(found: Awaited<ReturnType<ExemplarSource['exemplars']>>): string {
  const count = found.reduce((sum, { exemplars }) => sum + exemplars.length, 0);
  if (count > EXEMPLARS_MAX)
    throw new VedetteError(
      'QUERY_TOO_LARGE',
      `the answer has ${count} exemplars and the limit is ${EXEMPLARS_MAX}; select fewer series or a shorter range`,
      { details: { exemplars: count, exemplarsMax: EXEMPLARS_MAX } },
    );
  const series = found.map(({ series: labels, exemplars }) => {
    const items = exemplars.map(
      (one) =>
        `{"labels":${labelsJson(one.labels)},"value":"${formatSampleValue(one.value)}","timestamp":${formatTimestamp(one.timestampMs)}}`,
    );
    return `{"seriesLabels":${labelsJson(labels)},"exemplars":[${items.join(',')}]}`;
  });
  return `{"status":"success","data":[${series.join(',')}]}`;
}
