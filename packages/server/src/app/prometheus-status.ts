import { availableParallelism, hostname } from 'node:os';
import { formatDuration } from '../base/units.ts';
import type { StatusProviders } from '../metrics/api/index.ts';
import type { OpenedMetricStore } from '../metrics/store/index.ts';
import type { LoadedConfig } from './config.ts';
import { printConfig } from './print-config.ts';
import { externalUrl } from './settings.ts';
import { storeOptions } from './watch.ts';

export interface PrometheusStatusDeps {
  readonly config: () => LoadedConfig;
  readonly store: OpenedMetricStore;
  readonly version: string;
  readonly startedAtMs: number;
  readonly lastReload: () => { readonly ok: boolean; readonly atMs: number };
}

/** What clients of Prometheus's status routes find: the same keys, with Vedette's facts. */
export function prometheusStatus(deps: PrometheusStatusDeps): StatusProviders {
  const { config, store, version, startedAtMs, lastReload } = deps;
  return {
    version,
    configYaml: () => printConfig(config()),
    flags: () => ({
      'config.file': config().file ?? '',
      'storage.tsdb.path': config().dataDir,
      'storage.tsdb.retention.time': formatDuration(storeOptions(config()).retentionMs),
      'query.timeout': formatDuration(config().sections.query.timeout),
      'query.max-samples': String(config().sections.query.max_samples),
      'query.lookback-delta': formatDuration(config().sections.query.lookback_delta),
      'web.external-url': externalUrl(config()),
    }),
    runtimeInfo: () => ({
      startTime: new Date(startedAtMs).toISOString(),
      CWD: process.cwd(),
      hostname: hostname(),
      serverTime: new Date(startedAtMs + process.uptime() * 1_000).toISOString(),
      reloadConfigSuccess: lastReload().ok,
      lastConfigTime: new Date(lastReload().atMs).toISOString(),
      storageRetention: formatDuration(storeOptions(config()).retentionMs),
      GOMAXPROCS: availableParallelism(),
    }),
    tsdb: (top) => {
      const { seriesCount, labelPairCount, ...lists } = store.cardinality(top);
      const { hotChunks, hotOldestMs = 0, hotNewestMs = 0 } = store.stats();
      return {
        headStats: {
          numSeries: seriesCount,
          numLabelPairs: labelPairCount,
          chunkCount: hotChunks,
          minTime: hotOldestMs,
          maxTime: hotNewestMs,
        },
        ...lists,
      };
    },
  };
}
