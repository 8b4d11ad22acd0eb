/**
 * Prometheus remote-write 1.0: the protobuf message prometheus.WriteRequest.
 * In: its bytes, already decompressed. Out: columns of samples whose series the caller names through a look-up, so that
 * known label sets are recognised by their bytes and never decoded twice.
 * Called by metrics/receive (remote-write); the encoder serves tests, benchmarks and senders.
 * Source: prometheus.io/docs/specs/prw/remote_write_spec, version 1.0.
 */
export { RemoteWriteError } from './protobuf-reader.ts';
export {
  type DecodedSamples,
  type DecodedMetadata,
  type SeriesLookup,
  WriteRequestDecoder,
  decodeLabelPairs,
} from './decode-write-request.ts';
export { type EncodedSeries, encodeWriteRequest } from './encode-write-request.ts';
