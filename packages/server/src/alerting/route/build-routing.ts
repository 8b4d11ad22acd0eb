import type { OpenedConfig } from '../opened-config.ts';
import { Pipeline, type PipelineDeps } from '../pipeline/pipeline.ts';
import { RouteMuter } from '../time-intervals/route-muter.ts';
import { TimeIntervals } from '../time-intervals/time-intervals.ts';
import type { Routing } from './dispatcher.ts';
import { eachRoute } from './match-routes.ts';

/** The routes with a pipeline each, whose parts depend on the hours of the route; undefined when there are no routes. */
export function buildRouting(
  { model, receivers }: Pick<OpenedConfig, 'model' | 'receivers'>,
  partsOf: (hours: RouteMuter) => PipelineDeps,
): Routing | undefined {
  if (!model) return undefined;
  const intervals = new TimeIntervals(model.timeIntervals);
  const pipelines = new Map<string, Pipeline>();
  for (const route of eachRoute(model.route)) {
    const receiver = receivers.find(({ name }) => name === route.receiver);
    if (receiver) pipelines.set(route.id, new Pipeline(receiver, partsOf(new RouteMuter(intervals, route))));
  }
  return { root: model.route, pipelines };
}
