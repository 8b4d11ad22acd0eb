import type { HttpPlugin } from '../../../base/http-plugin.ts';
import { VedetteError } from '../../../base/errors.ts';
import { formatDuration } from '../../../base/units.ts';
import { matchesAll } from '../../../model/matcher.ts';
import type { Matcher } from '../../../model/matcher.ts';
import type { PoolView, TargetView } from './target.ts';

export interface TargetsApiDeps {
  readonly pools: () => readonly PoolView[];
  /** Parses a PromQL selector such as `{job="node"}`; throws PROMQL_PARSE. Without it match_target is refused. */
  readonly parseSelector?: (selector: string) => readonly Matcher[];
}

export interface TargetsApiOptions {
  /** Replaces localhost in globalUrl. */
  readonly externalHost?: string;
}

/** Prometheus's time for "never". */
const ZERO_TIME = '0001-01-01T00:00:00Z';
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);
const METADATA_LIMIT_MAX = 100_000;

/** `/api/v1/targets`, `/api/v1/targets/metadata`, `/api/v1/scrape_pools` in Prometheus's JSON. */
export function targetsApi(deps: TargetsApiDeps, options: TargetsApiOptions): HttpPlugin {
  return async (scope) => {
    scope.get<{ Querystring: RepeatableQuery }>('/api/v1/targets', async (request) => {
      const state = first(request.query['state']) ?? 'any';
      const scrapePool = first(request.query['scrapePool']);
      const pools = deps.pools().filter((pool) => !scrapePool || pool.name === scrapePool);
      const wants = (kind: string): boolean =>
        state.toLowerCase() === kind || !['active', 'dropped'].includes(state.toLowerCase());
      const data = {
        activeTargets: wants('active')
          ? pools.flatMap((pool) => pool.active.map((target) => activeTarget(target, options.externalHost)))
          : [],
        droppedTargets: wants('dropped')
          ? pools.flatMap((pool) =>
              pool.dropped.map((labels) => ({ discoveredLabels: labels.toObject(), scrapePool: pool.name })),
            )
          : [],
        droppedTargetCounts: Object.fromEntries(pools.map((pool) => [pool.name, pool.droppedCount])),
        discoveryErrors: Object.fromEntries(
          pools.filter((pool) => pool.discoveryErrors.length > 0).map((pool) => [pool.name, pool.discoveryErrors]),
        ),
      };
      return { status: 'success', data };
    });

    scope.get('/api/v1/scrape_pools', async () => ({
      status: 'success',
      data: { scrapePools: [...new Set(deps.pools().map((pool) => pool.name))].sort() },
    }));

    scope.get<{ Querystring: RepeatableQuery }>('/api/v1/targets/metadata', async (request) => {
      const selector = first(request.query['match_target']);
      const metric = first(request.query['metric']);
      const limit = first(request.query['limit']);
      const limitCount = limit === undefined ? METADATA_LIMIT_MAX : Number(limit);
      if (!Number.isInteger(limitCount))
        throw new VedetteError('QUERY_BAD_PARAMETER', `limit must be a whole number, not "${limit}"`);
      const matchers = selector ? parseSelector(deps, selector) : [];
      const data: object[] = [];
      const most =
        limitCount < 0
          ? METADATA_LIMIT_MAX
          : Math.min(limitCount === 0 ? METADATA_LIMIT_MAX : limitCount, METADATA_LIMIT_MAX);
      for (const target of deps.pools().flatMap((pool) => pool.active)) {
        if (!matchesAll(matchers, target.labels)) continue;
        for (const family of target.metadata) {
          if (data.length >= most) break;
          if (metric && family.name !== metric) continue;
          const { name, type, help, unit } = family;
          data.push({ target: target.labels.toObject(), ...(metric ? {} : { metric: name }), type, help, unit });
        }
      }
      return { status: 'success', data };
    });
  };
}

/** A parameter that is given more than once comes as a list. */
type RepeatableQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** As Go's url.Values.Get. */
function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function parseSelector(deps: TargetsApiDeps, selector: string): readonly Matcher[] {
  if (deps.parseSelector) return deps.parseSelector(selector);
  throw new VedetteError(
    'QUERY_BAD_PARAMETER',
    'match_target is not available in this version; leave it out and filter the answer',
  );
}

function activeTarget(target: TargetView, externalHost: string | undefined): object {
  const { state } = target;
  return {
    discoveredLabels: target.discoveredLabels.toObject(),
    labels: target.labels.toObject(),
    scrapePool: target.scrapePool,
    scrapeUrl: target.url,
    globalUrl: globalUrl(target.url, externalHost),
    lastError: state.lastError,
    lastScrape: state.lastScrapeMs === undefined ? ZERO_TIME : new Date(state.lastScrapeMs).toISOString(),
    lastScrapeDuration: state.lastDurationSeconds,
    health: state.health,
    scrapeInterval: formatDuration(target.intervalMs),
    scrapeTimeout: formatDuration(target.timeoutMs),
  };
}

function globalUrl(text: string, externalHost: string | undefined): string {
  if (externalHost === undefined || text.startsWith('collector:')) return text;
  const url = new URL(text);
  if (!LOCAL_HOSTS.has(url.hostname)) return text;
  url.hostname = externalHost;
  return url.href;
}
