/**
 * How metric samples come in: scraping (targets over HTTP and collectors in this process) and remote-write.
 * In: configuration, pages of targets, pushed requests. Out: sample batches into the SampleSink port.
 * Called by app, which wires `plugins` into the HTTP server and calls `apply` on reload.
 */
export {
  type GlobalConfig,
  type ReceiveConfig,
  type ReceiveSections,
  type ScrapePoolConfig,
  checkReceive,
  receiveShape,
} from './config.ts';
export { receiveSections, resolveReceive } from './config-files.ts';
export {
  type MetricsReceive,
  type MetricsReceiveDeps,
  type MetricsReceiveOptions,
  openMetricsReceive,
} from './receive.ts';
export { discoveryWithAbsoluteFiles } from './discovery/absolute-files.ts';
export { type DiscoveryConfig, discoveryShape } from './discovery/config.ts';
export {
  type DiscoveredTarget,
  type Discovery,
  type DiscoveryEnvironment,
  StaticDiscovery,
  discoveryOpener,
} from './discovery/index.ts';
export type { CollectorTarget } from './scrape/index.ts';
export { type RelabelConfig, Relabeler, relabelConfigs } from '../relabel/index.ts';
export { type RemoteWriteConfig, remoteWriteSchema } from './remote-write/index.ts';
