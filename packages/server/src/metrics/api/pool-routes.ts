import type { FastifyInstance } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import { Parameters } from './parameters.ts';

/** scrape_pools/config: what is configured for one scrape pool, as YAML, secrets masked. */
export function registerPoolRoutes(scope: FastifyInstance, yamlOf: (name: string) => string | undefined): void {
  scope.get('/api/v1/scrape_pools/config', async (request) => {
    const name = new Parameters(request).text('scrapePool');
    if (name === '') throw new VedetteError('QUERY_BAD_PARAMETER', 'no scrapePool parameter provided');
    const yaml = yamlOf(name);
    if (yaml === undefined)
      throw new VedetteError(
        'QUERY_BAD_PARAMETER',
        `error retrieving scrape config: there is no job ${JSON.stringify(name)} in the configuration`,
      );
    return { status: 'success', data: { yaml } };
  });
}
