/**
 * The metric store without tables: what is appended stays in the hot window. In and out as for the store itself. Called by
 * `vedette test promql`, which wants the real window and index and leaves nothing behind.
 */
export { type MemoryStoreOptions, openMemoryStore } from './memory-store.ts';
