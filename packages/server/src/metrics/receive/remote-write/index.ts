/**
 * Prometheus remote-write 1.0 and 2.0, the receiving side.
 * In: POST /api/v1/write. Out: durable SampleBatches into the sink, and an answer the sender understands.
 * Called by metrics/receive, which hands the plugin to the HTTP server.
 */
export { type RemoteWriteConfig, remoteWriteSchema } from './config.ts';
export { type RemoteWriteDeps, remoteWritePlugin } from './plugin.ts';
export { RemoteWriteReceiver } from './receiver.ts';
