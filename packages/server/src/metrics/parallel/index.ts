/**
 * Heavy range functions on all processors: other threads read chunks in shared memory and compute rows ahead of the event loop, which
 * consumes them in order and computes what is not ready. In: RangeWork of the query engine, through its RangeHelper port. Out: rows, equal
 * to the last bit to what the engine computes alone. Nothing is locked, and the event loop never waits for a thread.
 * Called by: query (as RangeHelper), app (construction, lifetime).
 */
export { RangeThreads, type RangeThreadsDeps, type RangeThreadsOptions } from './range-threads.ts';
