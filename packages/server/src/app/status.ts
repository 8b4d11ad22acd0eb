import type { StatusOverview } from '@vedette/wire/http';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import { type DamagedPart, type Database, tableSizes } from '../clickhouse/index.ts';
import type { MetricStore, MetricStoreStats } from '../model/ports.ts';

export interface StatusDeps {
  readonly clock: Clock;
  readonly database: Database;
  readonly store: MetricStore;
  readonly version: string;
  readonly simulation: () => boolean;
  readonly configFile: () => string | undefined;
  readonly retentionMs: number;
  readonly damagedParts: () => readonly DamagedPart[];
  readonly lastReload: () => StatusOverview['lastReload'];
  readonly warnings: () => readonly string[];
  readonly writeError: () => string | undefined;
  readonly targets: () => StatusOverview['targets'];
  readonly eventLoopLagP99Ms: () => number;
}

/** One look at everything a person asks first when something seems wrong. */
export function statusPlugin(deps: StatusDeps): HttpPlugin {
  const startedAtMs = deps.clock.now();
  return async (scope) => {
    scope.get('/api/vedette/status', async (_request, reply) => {
      const overview = await statusOverview(deps, startedAtMs);
      return reply.header('cache-control', 'no-store').send(overview);
    });
  };
}

async function statusOverview(deps: StatusDeps, startedAtMs: number): Promise<StatusOverview> {
  const { store, database } = deps;
  const stats = store.stats();
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const signal = AbortSignal.timeout(STATUS_QUERY_TIMEOUT_MS);
  const [info, tables] = await Promise.allSettled([database.info(signal), tableSizes(database, signal)]);
  // The page must open most of all when the database does not answer.
  const readError = [info, tables].find((answer) => answer.status === 'rejected')?.reason as unknown;
  const about = info.status === 'fulfilled' ? info.value : undefined;
  const writeError = deps.writeError();
  return {
    version: deps.version,
    simulation: deps.simulation(),
    startedAtMs,
    nowMs: deps.clock.now(),
    configFile: deps.configFile() ?? null,
    configWarnings: deps.warnings(),
    lastReload: deps.lastReload(),
    process: {
      residentBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      cpuSecondsTotal: (cpu.user + cpu.system) / 1e6,
      eventLoopLagP99Ms: deps.eventLoopLagP99Ms(),
    },
    storage: {
      kind: database.kind,
      path: about?.path ?? '',
      version: about?.version ?? '',
      diskFreeBytes: about?.diskFreeBytes ?? null,
      diskTotalBytes: about?.diskTotalBytes ?? null,
      retentionMs: deps.retentionMs,
      tables: tables.status === 'fulfilled' ? tables.value : [],
      damagedParts: deps.damagedParts(),
      writable: writeError === undefined,
      lastError: writeError ?? (readError === undefined ? null : errorMessage(readError)),
    },
    metrics: {
      activeSeries: stats.activeSeries,
      hotSamples: stats.hotSamples,
      hotBytes: stats.hotBytes,
      hotOldestMs: stats.hotOldestMs ?? null,
      hotNewestMs: stats.hotNewestMs ?? null,
      samplesAppendedTotal: stats.samplesAppended,
      samplesRejectedTotal: stats.samplesRejected,
      samplesRejectedByReason: stats.samplesRejectedByReason,
      writeQueueSamples: stats.writeQueueSamples,
      knownSeries: stats.knownSeries,
      seriesMax: stats.seriesMax,
      seriesRefusal: seriesRefusal(stats.seriesRefusal),
    },
    targets: deps.targets(),
  };
}

function seriesRefusal(refusal: MetricStoreStats['seriesRefusal']): StatusOverview['metrics']['seriesRefusal'] {
  if (refusal === undefined) return null;
  const { isOn, text, label, metric, sinceMs, lastMs } = refusal;
  return {
    isOn,
    text,
    label: label === undefined ? null : { name: label.name, values: label.value },
    metric: metric === undefined ? null : { name: metric.name, series: metric.value },
    sinceMs,
    lastMs,
  };
}

/** A page that opens late is worse than one without table sizes. */
const STATUS_QUERY_TIMEOUT_MS = 3_000;
