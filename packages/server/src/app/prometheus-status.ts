import { availableParallelism, hostname } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { formatDuration } from '../base/units.ts';
import { formatListen } from '../http/index.ts';
import type { Notification, StatusProviders } from '../metrics/api/index.ts';
import type { OpenedMetricStore } from '../metrics/store/index.ts';
import type { LoadedConfig } from './config.ts';
import { features } from './features.ts';
import { printConfig, printScrapePool } from './print-config.ts';
import { relabelSteps } from './relabel-steps.ts';
import { externalUrl } from './settings.ts';
import { receiveConfig, storeOptions } from './watch.ts';

export interface PrometheusStatusDeps {
  readonly config: () => LoadedConfig;
  readonly store: OpenedMetricStore;
  readonly version: string;
  readonly startedAtMs: number;
  readonly lastReload: () => { readonly ok: boolean; readonly atMs: number };
  /** Stored parts that were set aside. */
  readonly damagedParts: () => number;
  /** Where alerts are posted besides. */
  readonly alertmanagers: () => readonly string[];
}

/** What clients of Prometheus's status routes find: the same keys, with Vedette's facts. */
export function prometheusStatus(deps: PrometheusStatusDeps): StatusProviders {
  const { config, store, version, startedAtMs, lastReload, damagedParts, alertmanagers } = deps;
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
      'query.max-concurrency': '24',
      'web.external-url': externalUrl(config()),
      'web.listen-address': formatListen(config().sections.http.listen),
      'web.enable-admin-api': String(config().sections.http.admin_api),
      'web.enable-lifecycle': 'true',
      'web.enable-remote-write-receiver': 'true',
      'log.level': config().logLevel,
      'log.format': config().logFormat,
    }),
    runtimeInfo: () => ({
      startTime: new Date(startedAtMs).toISOString(),
      CWD: process.cwd(),
      hostname: hostname(),
      serverTime: new Date(startedAtMs + process.uptime() * 1_000).toISOString(),
      reloadConfigSuccess: lastReload().ok,
      lastConfigTime: new Date(lastReload().atMs).toISOString(),
      corruptionCount: damagedParts(),
      // Go's figures, as far as Node.js has any like them: work in progress, processors, and the limit of the heap.
      goroutineCount: process.getActiveResourcesInfo().length,
      GOMAXPROCS: availableParallelism(),
      GOMEMLIMIT: getHeapStatistics().heap_size_limit,
      GOGC: '',
      GODEBUG: '',
      storageRetention: formatDuration(storeOptions(config()).retentionMs),
    }),
    alertmanagers,
    scrapePool: (name) => {
      const pool = receiveConfig(config()).pools.find(({ job_name: job }) => job === name);
      return (
        pool && { yaml: printScrapePool(pool), relabelSteps: (labels) => relabelSteps(pool.relabel_configs, labels) }
      );
    },
    notifications: () => notifications(deps),
    features: () => features(config().sections.http.admin_api),
    tsdb: async (top) => {
      const { seriesCount, labelPairCount, ...lists } = await store.cardinality(top);
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

/** What an operator should know now, in Prometheus's words where it has the same. */
function notifications({
  lastReload,
  damagedParts,
  store,
  startedAtMs,
}: PrometheusStatusDeps): readonly Notification[] {
  const found: Notification[] = [];
  const add = (text: string, atMs: number): void => {
    found.push({ text, date: new Date(atMs).toISOString(), active: true });
  };
  const reload = lastReload();
  if (!reload.ok) add('Configuration reload has failed.', reload.atMs);
  if (damagedParts() > 0) add(`${damagedParts()} damaged parts of the store were set aside.`, startedAtMs);
  const writeError = store.writeError;
  if (writeError !== undefined) add(`Samples cannot be written: ${writeError}`, startedAtMs);
  return found;
}
