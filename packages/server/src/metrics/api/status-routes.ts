import type { FastifyInstance } from 'fastify';
import { Parameters } from './parameters.ts';

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

/** Facts that other rooms know; what has no provider answers 404. */
export interface StatusProviders {
  /** Vedette's own version. */
  readonly version?: string;
  readonly runtimeInfo?: () => Readonly<Record<string, unknown>>;
  /** Command-line flags and their values, secrets masked. */
  readonly flags?: () => Readonly<Record<string, string>>;
  /** The effective configuration as YAML, secrets masked. */
  readonly configYaml?: () => string;
  /** `top` is how many entries each list has. */
  readonly tsdb?: (top: number) => TsdbStatus | Promise<TsdbStatus>;
}

/** The version of Prometheus whose query API this is modelled on: clients such as Grafana choose features by it. */
const API_VERSION = '3.5.0';
/** Entries of each cardinality list, as in Prometheus. */
const TOP_DEFAULT = 10;
const TOP_MAX = 10_000;

/** status/buildinfo, runtimeinfo, flags, config and tsdb. */
export function registerStatusRoutes(scope: FastifyInstance, status: StatusProviders): void {
  const { runtimeInfo, flags, configYaml, tsdb } = status;
  scope.get('/api/v1/status/buildinfo', async () => ({
    status: 'success',
    data: {
      application: 'Vedette',
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
  if (tsdb) {
    scope.get('/api/v1/status/tsdb', async (request) => {
      const top = Math.min(new Parameters(request).limit() ?? TOP_DEFAULT, TOP_MAX);
      return { status: 'success', data: await tsdb(top) };
    });
  }
}
