/**
 * What the store accepted, on disk until every remote has it.
 * In: batches and what became of them. Out: the same rows in order, from any remote's own position on, also after kill -9.
 * Called by metrics/send, which taps the sink and reads for each remote.
 */
export { type RowVisitor } from './block.ts';
export { readPositions, removePosition, writePosition } from './position-file.ts';
export { type SpoolFollower, type SpoolPosition, Spool } from './spool.ts';
export { type ReadBlock, SpoolReader } from './spool-reader.ts';
