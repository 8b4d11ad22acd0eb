/**
 * What is stored beside float samples: native histograms, start times and exemplars.
 * In: accepted rows of batches, and records of the log. Out: selections with histograms and start times laid over float samples, and
 * exemplars. Called by the metric store, which resolves series and judges times; rows go through its log into tables of their own.
 */
export {
  type AcceptedRows,
  type Admission,
  type BesideOptions,
  type BesideResult,
  BesideStore,
  EXEMPLARS_MAX_DEFAULT,
  HISTOGRAM_SHARE,
  rowsBeside,
} from './beside-store.ts';
export { BesideTable } from './beside-table.ts';
export { ByteCursor } from './byte-cursor.ts';
export { ByteSink } from './byte-sink.ts';
export { BESIDE_KINDS, BESIDE_TABLES } from './schema.ts';
