import { hostname } from 'node:os';
import { join } from 'node:path';
import { createHostCollector } from '@vedette/agent';
import type { Registry } from 'prom-client';
import { formatDuration } from '../base/units.ts';
import { retentionMsOf } from '../clickhouse/index.ts';
import { type CollectorTarget, type ReceiveConfig, resolveReceive } from '../metrics/receive/index.ts';
import { type SendConfig, resolveSend } from '../metrics/send/index.ts';
import type { MetricStoreOptions } from '../metrics/store/index.ts';
import type { LoadedConfig } from './config.ts';

/** Names of the jobs that Vedette brings itself; a scrape job of the same name takes their place. */
const HOST_JOB = 'host';
const SELF_JOB = 'vedette';

export function receiveConfig(config: LoadedConfig): ReceiveConfig {
  return resolveReceive(config.sections, config.file ?? join(config.baseDir, 'vedette.yaml'));
}

export function sendConfig(config: LoadedConfig): SendConfig {
  return resolveSend(config.sections, config.file ?? join(config.baseDir, 'vedette.yaml'));
}

export function storeOptions({ dataDir, sections: { storage } }: LoadedConfig): MetricStoreOptions {
  return {
    hotWindow: storage.hot_window,
    seriesMax: storage.active_series,
    retentionMs: retentionMsOf(storage),
    diskHeadroomBytes: storage.disk_headroom,
    logPath: join(dataDir, 'wal'),
    ...(storage.exemplars?.max_exemplars === undefined ? {} : { exemplarsMax: storage.exemplars.max_exemplars }),
  };
}

/** This host and Vedette itself, scraped like any target but without HTTP. */
export function collectors(config: LoadedConfig, registry: Registry): readonly CollectorTarget[] {
  const { host_collector: host, self_monitoring: self } = config.sections;
  const taken = new Set(receiveConfig(config).pools.map((pool) => pool.job_name));
  const instance = hostname();
  const targets: CollectorTarget[] = [];
  if (host.enabled && !taken.has(HOST_JOB)) {
    targets.push({
      collector: createHostCollector(),
      job: HOST_JOB,
      intervalMs: host.scrape_interval,
      labels: { instance },
    });
  }
  if (self.enabled && !taken.has(SELF_JOB)) {
    const collector = { name: SELF_JOB, collect: () => registry.metrics() };
    targets.push({ collector, job: SELF_JOB, intervalMs: self.scrape_interval, labels: { instance } });
  }
  return targets;
}

/** What the start message says it watches. */
export function watched(config: LoadedConfig): readonly string[] {
  const { host_collector: host, self_monitoring: self } = config.sections;
  const { pools } = receiveConfig(config);
  return [
    ...(host.enabled ? [`this host (every ${formatDuration(host.scrape_interval)})`] : []),
    ...(self.enabled ? [`itself (every ${formatDuration(self.scrape_interval)})`] : []),
    ...pools.map((pool) => `job ${pool.job_name} (every ${formatDuration(pool.scrape_interval)})`),
  ];
}
