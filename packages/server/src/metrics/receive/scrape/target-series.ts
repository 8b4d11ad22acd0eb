import type { LimitedTarget, TargetSeries, TargetSeriesOverview } from '@vedette/wire/http';
import type { HttpPlugin } from '../../../base/http-plugin.ts';
import type { PoolView, TargetView } from './target.ts';

/** A job that is over its target_limit as a whole fills a page many times. */
const OVER_LIMIT_MAX = 100;
const LARGEST_MAX = 20;

/** `/api/vedette/target-series`: a look at what each target knows of its last scrape, some milliseconds for 5,000 of them. */
export function targetSeriesApi(pools: () => readonly PoolView[]): HttpPlugin {
  return async (scope) => {
    scope.get('/api/vedette/target-series', async (_request, reply) =>
      reply.header('cache-control', 'no-store').send(targetSeries(pools())),
    );
  };
}

export function targetSeries(pools: readonly PoolView[]): TargetSeriesOverview {
  const bySamples = pools.flatMap((pool) => pool.active).sort((a, b) => b.state.samples - a.state.samples);
  const overLimit = bySamples.flatMap(limited);
  return {
    targetsTotal: bySamples.length,
    overLimitTotal: overLimit.length,
    overLimit: overLimit.slice(0, OVER_LIMIT_MAX),
    largest: bySamples.slice(0, LARGEST_MAX).map(describe),
  };
}

function limited(target: TargetView): LimitedTarget[] {
  const { exceeded, lastError } = target.state;
  if (exceeded === undefined) return [];
  return [{ ...describe(target), limit: exceeded.limit, label: exceeded.label ?? null, error: lastError }];
}

function describe({ scrapePool, labels, url, sampleLimit, state }: TargetView): TargetSeries {
  return {
    scrapePool,
    instance: labels.get('instance'),
    scrapeUrl: url,
    samples: state.samples,
    seriesAdded: state.seriesAdded,
    sampleLimit: sampleLimit === 0 ? null : sampleLimit,
  };
}
