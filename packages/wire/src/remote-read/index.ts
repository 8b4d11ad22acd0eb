/**
 * Prometheus remote-read: the messages prometheus.ReadRequest, ReadResponse and ChunkedReadResponse, and the chunks in the latter.
 * In: a request's bytes, already decompressed; samples as columns. Out: matchers and ranges; an answer's bytes, whole or in frames.
 * Called by metrics/api. Source: prompb/remote.proto and tsdb/docs/format/chunks.md of Prometheus.
 */
export {
  type ReadMatcher,
  type ReadQuery,
  type ReadRequest,
  type ReadResponseType,
  READ_MATCHERS_MAX,
  READ_QUERIES_MAX,
  RemoteReadError,
  decodeReadRequest,
} from './read-request.ts';
export {
  type ReadChunk,
  type ReadSamples,
  CHUNK_FLOAT_HISTOGRAM,
  CHUNK_XOR,
  ReadResponseWriter,
  chunkedFrame,
} from './read-response.ts';
export { BitWriter } from './bit-writer.ts';
export { CHUNK_SAMPLES, encodeXorChunk } from './xor-chunk.ts';
export { encodeFloatHistogramChunk, sameLayout } from './histogram-chunk.ts';
export { crc32c } from './crc32c.ts';
