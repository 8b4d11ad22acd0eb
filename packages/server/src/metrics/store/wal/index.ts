/**
 * A write-ahead log: what is appended survives kill -9 before the slower tables have it.
 * In: records of bytes, each of a kind (see record-kinds.ts). Out: the same records in the same order, after a crash or when they
 * are moved to the tables. Called by the metric store and the parts of it that keep more than float samples.
 */
export { RecordKind } from './record-kinds.ts';
export type { WalRecord } from './segment-reader.ts';
export { type WalAppend, type WriteAheadLogDeps, type WriteAheadLogOptions, WriteAheadLog } from './write-ahead-log.ts';
