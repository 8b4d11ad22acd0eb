/**
 * Metrics pages: Prometheus text 0.0.4 and 1.0.0, OpenMetrics 0.0.1 and 1.0.0, and Prometheus's protobuf.
 * In: a page's bytes or text. Out: callbacks per sample with the raw series text, which readers cache, and label pairs on
 * demand. `MetricWriter` goes the other way, from families and samples to text.
 * Called by metrics/receive (every scrape) and by the collectors of @vedette/agent.
 */
export { ExpositionError } from './exposition-error.ts';
export { type ExpositionMetricType, type MetadataLine, METRIC_TYPES, parseMetadataLine } from './metadata-line.ts';
export { parseSeriesText } from './series-text.ts';
export {
  type ExpositionFormat,
  type ExpositionVisitor,
  type PageWalk,
  decodePage,
  parseExposition,
  walkExposition,
} from './parse-exposition.ts';
export { type ProtobufOptions, walkProtobuf } from './walk-protobuf.ts';
export { HistogramConverter } from './histogram-converter.ts';
export { floatLabelText } from './float-text.ts';
export { compactBuckets } from './compact-buckets.ts';
export {
  type FamilyWriter,
  type MetricFamilyType,
  type SampleSuffix,
  MetricWriter,
  formatSampleValue,
  formatSeriesText,
} from './metric-writer.ts';
