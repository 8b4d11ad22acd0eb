import type { FastifyInstance } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import { Labels } from '../../model/labels.ts';
import { Parameters } from './parameters.ts';

/** What is configured for one scrape pool. */
export interface ScrapePoolFacts {
  /** The effective configuration as YAML, secrets masked. */
  readonly yaml: string;
  /** What each relabelling rule makes of a target's labels, in order; the labels are empty once a rule dropped them. */
  relabelSteps(labels: Labels): readonly RelabelStep[];
}

export interface RelabelStep {
  /** As in the configuration. */
  readonly rule: object;
  readonly output: Labels;
  readonly keep: boolean;
}

/** scrape_pools/config and targets/relabel_steps. */
export function registerPoolRoutes(
  scope: FastifyInstance,
  poolOf: (name: string) => ScrapePoolFacts | undefined,
): void {
  const asked = (parameters: Parameters): ScrapePoolFacts => {
    const name = parameters.text('scrapePool');
    if (name === '') throw new VedetteError('QUERY_BAD_PARAMETER', 'no scrapePool parameter provided');
    const pool = poolOf(name);
    if (pool) return pool;
    throw new VedetteError(
      'QUERY_BAD_PARAMETER',
      `error retrieving scrape config: there is no scrape pool ${JSON.stringify(name)}`,
    );
  };

  scope.get('/api/v1/scrape_pools/config', async (request) => ({
    status: 'success',
    data: { yaml: asked(new Parameters(request)).yaml },
  }));

  scope.get('/api/v1/targets/relabel_steps', async (request) => {
    const parameters = new Parameters(request);
    const steps = asked(parameters).relabelSteps(labelsOf(parameters.text('labels')));
    return {
      status: 'success',
      data: { steps: steps.map(({ rule, output, keep }) => ({ rule, output: output.toObject(), keep })) },
    };
  });
}

function labelsOf(text: string): Labels {
  if (text === '') throw new VedetteError('QUERY_BAD_PARAMETER', 'no labels parameter provided');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badLabels(error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badLabels('it is not an object');
  const entries = Object.entries(value);
  const other = entries.find(([, label]) => typeof label !== 'string');
  if (other) throw badLabels(`the value of ${JSON.stringify(other[0])} is not a text`);
  return Labels.fromEntries(entries as [string, string][]);
}

function badLabels(reason: string): VedetteError {
  return new VedetteError('QUERY_BAD_PARAMETER', `error parsing labels: ${reason}`);
}
