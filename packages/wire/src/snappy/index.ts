/**
 * Snappy's block format, the compression of Prometheus remote-write.
 * In and out: bytes. Decompression is bounded: the declared length is checked before anything is allocated.
 * Called by metrics/receive (remote-write); compression serves tests, benchmarks and senders.
 * Source: github.com/google/snappy, format_description.txt.
 */
export { SnappyError } from './snappy-error.ts';
export { SnappyDecompression, decompressSnappy } from './decompress.ts';
export { compressSnappy } from './compress.ts';
