import type { FastifyInstance } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import { Parameters } from './parameters.ts';
import { type ScrapePoolFacts, registerPoolRoutes } from './pool-routes.ts';

export interface CardinalityEntry {
  readonly name: string;
  readonly value: number;
}

/** Cardinality of the head, as Prometheus' /api/v1/status/tsdb shows it. */
export interface TsdbStatus {
  readonly headStats: {
    readonly numSeries: number;
    readonly numLabelPairs: number;
    readonly chunkCount: number;
    /** Unix milliseconds. */
    readonly minTime: number;
    readonly maxTime: number;
  };
  readonly seriesCountByMetricName: readonly CardinalityEntry[];
  readonly labelValueCountByLabelName: readonly CardinalityEntry[];
  readonly memoryInBytesByLabelName: readonly CardinalityEntry[];
  readonly seriesCountByLabelValuePair: readonly CardinalityEntry[];
}

export interface Notification {
  readonly text: string;
  /** RFC 3339. */
  readonly date: string;
  readonly active: boolean;
}

/** Facts that other rooms know; what has no provider answers 404. */
export interface StatusProviders {
  /** Vedette's own version. */
  readonly version?: string;
  readonly runtimeInfo?: () => Readonly<Record<string, unknown>>;
  /** Command-line flags and their values, secrets masked. */
  readonly flags?: () => Readonly<Record<string, string>>;
  /** The effective configuration as YAML, secrets masked. */
  readonly configYaml?: () => string;
  /** Undefined: there is no job of that name. */
  readonly scrapePool?: (name: string) => ScrapePoolFacts | undefined;
  /** Addresses of the external Alertmanagers in use. */
  readonly alertmanagers?: () => readonly string[];
  /** What an operator should know now. */
  readonly notifications?: () => readonly Notification[];
  /** Whether a feature is there, by area and by Prometheus' name of it. */
  readonly features?: () => Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  /** `top` is how many entries each list has. */
  readonly tsdb?: (top: number) => TsdbStatus | Promise<TsdbStatus>;
}

/** The version of Prometheus whose query API this is modelled on: clients such as Grafana choose features by it. */
const API_VERSION = '3.5.0';
/** Entries of each cardinality list, as in Prometheus. */
const TOP_DEFAULT = 10;
const TOP_MAX = 10_000;

/** status/buildinfo, runtimeinfo, flags, config and tsdb; alertmanagers, notifications and features. */
export function registerStatusRoutes(scope: FastifyInstance, status: StatusProviders): void {
  const { runtimeInfo, flags, configYaml, tsdb, alertmanagers, notifications, features, scrapePool } = status;
  scope.get('/api/v1/status/buildinfo', async () => ({
    status: 'success',
    data: {
      version: API_VERSION,
      revision: status.version === undefined ? 'vedette' : `vedette-${status.version}`,
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    },
  }));
  if (runtimeInfo) scope.get('/api/v1/status/runtimeinfo', async () => ({ status: 'success', data: runtimeInfo() }));
  if (flags) scope.get('/api/v1/status/flags', async () => ({ status: 'success', data: flags() }));
  if (configYaml) scope.get('/api/v1/status/config', async () => ({ status: 'success', data: { yaml: configYaml() } }));
  // There are neither blocks nor a log to replay: what is stored lies in tables, and the port opens when they are open.
  scope.get('/api/v1/status/tsdb/blocks', async () => ({ status: 'success', data: { blocks: [] } }));
  scope.get('/api/v1/status/walreplay', async () => ({ status: 'success', data: { min: 0, max: 0, current: 0 } }));
  if (features) scope.get('/api/v1/features', async () => ({ status: 'success', data: features() }));
  if (scrapePool) registerPoolRoutes(scope, scrapePool);
  if (alertmanagers) {
    scope.get('/api/v1/alertmanagers', async () => ({
      status: 'success',
      data: { activeAlertmanagers: alertmanagers().map((url) => ({ url })), droppedAlertmanagers: [] },
    }));
  }
  if (notifications) {
    scope.get('/api/v1/notifications', async () => ({ status: 'success', data: notifications() }));
  }
  if (tsdb) {
    scope.get('/api/v1/status/tsdb', async (request) => {
      const top = topOf(new Parameters(request).text('limit'));
      return { status: 'success', data: await tsdb(top) };
    });
  }
}

function topOf(limit: string): number {
  if (limit === '') return TOP_DEFAULT;
  if (!/^\d+$/.test(limit) || Number(limit) < 1)
    throw new VedetteError('QUERY_BAD_PARAMETER', 'limit must be a positive number');
  if (Number(limit) > TOP_MAX) throw new VedetteError('QUERY_BAD_PARAMETER', `limit must not exceed ${TOP_MAX}`);
  return Number(limit);
}
