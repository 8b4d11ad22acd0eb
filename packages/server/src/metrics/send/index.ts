/**
 * How metric samples go out: remote-write, 1.0 and 2.0.
 * In: what the store accepted, through the sink that wraps it; metadata. Out: requests to remotes, from a spool on disk with a
 * position for each remote, so that nothing is lost while one is away or after kill -9.
 * Called by app, which gives `sink` to whoever writes samples and calls `prepare` on reload.
 */
export { type RemoteConfig, type SendConfig, resolveSend, sendShape, unusableUrl } from './config.ts';
export {
  type MetricsSend,
  type MetricsSendDeps,
  type MetricsSendOptions,
  type PreparedSend,
  type RemoteState,
  openMetricsSend,
} from './send.ts';
