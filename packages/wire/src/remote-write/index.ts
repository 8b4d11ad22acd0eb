/**
 * Prometheus remote-write: the protobuf messages prometheus.WriteRequest (1.0) and io.prometheus.write.v2.Request (2.0).
 * In: their bytes, already decompressed. Out: columns of samples, native histograms and exemplars whose series the caller names
 * through a look-up, so that known label sets are recognised by their bytes and never decoded twice. And back.
 * Called by metrics/receive (remote-write) and metrics/send; benchmarks and tests use the encoders.
 * Source: prometheus.io/docs/specs/prw/remote_write_spec and remote_write_spec_2_0.
 */
export { BYTES, ProtobufReader, RemoteWriteError, VARINT } from './protobuf-reader.ts';
export { ProtobufWriter } from './protobuf-writer.ts';
export { writeHistogram } from './encode-histogram.ts';
export {
  type DecodedExemplar,
  type DecodedHistograms,
  type DecodedSamples,
  EXEMPLAR_LABELS_MAX,
} from './decoded-columns.ts';
export {
  type DecodedMetadata,
  type SeriesLookup,
  METADATA_MAX,
  METADATA_TEXT_MAX,
  METADATA_TYPES,
  WriteRequestDecoder,
  decodeLabelPairs,
} from './decode-write-request.ts';
export { type SymbolSeriesLookup, LABEL_REFS_MAX, RequestV2Decoder } from './decode-request-v2.ts';
export { type SymbolTable, SYMBOLS_MAX } from './symbol-table.ts';
export {
  type EncodedExemplar,
  type EncodedHistogram,
  type EncodedSeries,
  encodeLabels,
  encodeWriteRequest,
} from './encode-write-request.ts';
export { encodeRequestV2 } from './encode-request-v2.ts';
