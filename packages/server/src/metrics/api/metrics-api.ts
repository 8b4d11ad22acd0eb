import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { MetadataSource, QueryEngine, SeriesSelector } from '../../model/ports.ts';

/** Cardinality of the head, as Prometheus' /api/v1/status/tsdb shows it. */
export interface TsdbStatus {
  readonly headStats: {
    readonly numSeries: number;
    readonly numLabelPairs: number;
    readonly chunkCount: number;
    readonly minTime: number;
    readonly maxTime: number;
  };
}

/** Facts that other rooms know. */
export interface StatusProviders {
  readonly version?: string;
  readonly runtimeInfo?: () => Readonly<Record<string, unknown>>;
  readonly flags?: () => Readonly<Record<string, string>>;
  readonly configYaml?: () => string;
  readonly storeStats?: () => {
    readonly activeSeries: number;
    readonly hotOldestMs: number | undefined;
    readonly hotNewestMs: number | undefined;
  };
}

export interface MetricsApiDeps {
  readonly engine: QueryEngine;
  readonly store: SeriesSelector & MetadataSource;
  readonly clock: Clock;
  readonly status?: StatusProviders;
  readonly registry?: Registry;
}

export interface MetricsApiOptions {
  /** Queries evaluated at once. */
  readonly concurrencyMax?: number;
  /** Queries that may wait for their turn. */
  readonly queueMax?: number;
}

/** Registers every route under /api/v1. */
export function metricsApi(_deps: MetricsApiDeps, _options: MetricsApiOptions = {}): HttpPlugin {
  return async () => undefined;
}
