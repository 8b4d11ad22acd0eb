import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import { clientSignal } from '../../base/client-signal.ts';
import type { MetricsApiDeps } from './metrics-api.ts';
import { Parameters } from './parameters.ts';

/** admin/tsdb: delete_series, clean_tombstones and snapshot, behind `http.admin_api`. */
export function registerAdminRoutes(scope: FastifyInstance, deps: MetricsApiDeps): void {
  const { eraser } = deps;
  const allowed = (): void => {
    if (deps.adminApi !== true)
      throw new VedetteError(
        'ADMIN_API_DISABLED',
        'admin APIs disabled; set http.admin_api: true in the configuration and restart to allow them',
      );
  };

  const deleteSeries = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    allowed();
    const parameters = new Parameters(request);
    const matcherSets = parameters.matcherSets();
    if (matcherSets.length === 0) throw new VedetteError('QUERY_BAD_PARAMETER', 'no match[] parameter provided');
    if (!eraser)
      throw new VedetteError('NOT_FOUND', 'this store cannot delete series; shorten storage.retention instead');
    const startMs = parameters.time('start', Number.MIN_SAFE_INTEGER);
    const endMs = parameters.time('end', Number.MAX_SAFE_INTEGER);
    const touched = await eraser.deleteSeries({ matcherSets, startMs, endMs }, clientSignal(reply));
    deps.logger?.info({ series: touched, matchers: parameters.all('match[]') }, 'series deleted');
    return reply.code(204).send();
  };

  const cleanTombstones = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    allowed();
    await eraser?.cleanTombstones?.();
    return reply.code(204).send();
  };

  const snapshot = async (): Promise<never> => {
    allowed();
    throw new VedetteError(
      'NOT_FOUND',
      'snapshots are not made here; the storage page of the documentation says how to copy the data directory or back up the tables',
    );
  };

  for (const method of ['POST', 'PUT'] as const) {
    scope.route({ method, url: '/api/v1/admin/tsdb/delete_series', handler: deleteSeries });
    scope.route({ method, url: '/api/v1/admin/tsdb/clean_tombstones', handler: cleanTombstones });
    scope.route({ method, url: '/api/v1/admin/tsdb/snapshot', handler: snapshot });
  }
}
