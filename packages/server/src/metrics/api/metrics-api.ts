import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type {
  ExemplarSource,
  MetadataSource,
  QueryEngine,
  SampleSink,
  SeriesEraser,
  SeriesSelector,
} from '../../model/ports.ts';
import { sendError, statusOf } from './error-body.ts';
import { registerAdminRoutes } from './admin-routes.ts';
import { registerExemplarRoutes } from './exemplar-routes.ts';
import { registerFederateRoutes } from './federate-routes.ts';
import { registerImportRoutes } from './import/index.ts';
import { registerMetadataRoutes } from './metadata-routes.ts';
import { QueryGate } from './query-gate.ts';
import { registerQueryRoutes } from './query-routes.ts';
import { registerReadRoutes } from './read-routes.ts';
import { registerRefusedRoutes } from './refused-routes.ts';
import { registerSelfMetricsRoutes } from './self-metrics-routes.ts';
import { type StatusProviders, registerStatusRoutes } from './status-routes.ts';

export interface MetricsApiDeps {
  readonly engine: QueryEngine;
  readonly store: SeriesSelector & MetadataSource;
  readonly clock: Clock;
  /** Without it there are no exemplars. */
  readonly exemplars?: ExemplarSource;
  readonly eraser?: SeriesEraser & Partial<TombstoneCleaner>;
  /** Where imported samples go; without it nothing can be imported. */
  readonly sink?: SampleSink;
  /** What one query, reading or federation may use. */
  readonly limits?: Partial<ApiLimits>;
  /** `global.external_labels`: added to what leaves by federation and remote-read. */
  readonly externalLabels?: () => Readonly<Record<string, string>>;
  /** True lets clients delete series. */
  readonly adminApi?: boolean;
  readonly status?: StatusProviders;
  readonly registry?: Registry;
  readonly logger?: Logger;
}

/** A store that hides deleted samples at once and removes them later. */
export interface TombstoneCleaner {
  /** Removes them now. */
  cleanTombstones(): Promise<void>;
}

export interface ApiLimits {
  readonly timeoutMs: number;
  readonly samplesMax: number;
  readonly lookbackDeltaMs: number;
}

/** As the query engine's own. */
const LIMITS_DEFAULT: ApiLimits = { timeoutMs: 120_000, samplesMax: 50_000_000, lookbackDeltaMs: 300_000 };

/** The dependencies as the routes see them. */
export interface RouteDeps extends MetricsApiDeps {
  readonly limits: ApiLimits;
}

export interface MetricsApiOptions {
  readonly concurrencyMax?: number;
  readonly longMax?: number;
  readonly waitingMax?: number;
}

/** Queries evaluated at once that are younger than a second; more would only share the same core and hold more memory. */
const CONCURRENCY_MAX = 12;
/** Older ones beside them; together a little more than Prometheus' query.max-concurrency. */
const LONG_MAX = 12;
/** Queries that wait for a place: some full dashboards' worth. */
const WAITING_MAX = 200;
/** Largest form body: a query of the greatest length accepted, percent-encoded. */
const FORM_BYTES_MAX = 512 * 1024;

/** Registers the routes under /api/v1, and /federate. */
export function metricsApi(given: MetricsApiDeps, options: MetricsApiOptions = {}): HttpPlugin {
  const deps: RouteDeps = { ...given, limits: { ...LIMITS_DEFAULT, ...given.limits } };
  const gate = new QueryGate(deps.clock, {
    quickMax: options.concurrencyMax ?? CONCURRENCY_MAX,
    longMax: options.longMax ?? LONG_MAX,
    waitingMax: options.waitingMax ?? WAITING_MAX,
  });
  if (deps.registry) observe(gate, deps.registry);
  return async (scope) => {
    if (!scope.hasContentTypeParser('application/x-www-form-urlencoded')) {
      scope.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
        (_request, body, done) => done(null, body),
      );
    }
    scope.setErrorHandler(async (error, request, reply) => {
      if (!(error instanceof VedetteError) && statusOf(error) === 500) {
        deps.logger?.error({ err: error, path: request.url.split('?')[0] }, 'request failed');
      }
      return sendError(reply, error);
    });
    registerQueryRoutes(scope, deps, gate);
    registerExemplarRoutes(scope, deps);
    registerMetadataRoutes(scope, deps);
    registerFederateRoutes(scope, deps, gate);
    registerReadRoutes(scope, deps);
    if (deps.sink) registerImportRoutes(scope, { sink: deps.sink, clock: deps.clock });
    registerAdminRoutes(scope, deps);
    if (deps.registry) registerSelfMetricsRoutes(scope, deps.registry);
    registerStatusRoutes(scope, deps.status ?? {});
    registerRefusedRoutes(scope);
  };
}

function observe(gate: QueryGate, registry: Registry): void {
  const registers = [registry];
  const running: Gauge = new Gauge({
    name: 'vedette_query_api_running',
    help: 'Queries of HTTP clients under evaluation.',
    registers,
    collect: () => running.set(gate.running),
  });
  const waiting: Gauge = new Gauge({
    name: 'vedette_query_api_waiting',
    help: 'Queries of HTTP clients that wait for a place.',
    registers,
    collect: () => waiting.set(gate.waiting),
  });
}
