/** Bounds of the embedded engine. The engine's own defaults (5 GB mark cache, 90 % of memory) are made for dedicated servers. */
const MEBIBYTE = 1024 ** 2;

/** All of the engine's allocations; a query or merge above it fails with code 241 instead of the process being killed. */
export const ENGINE_MEMORY_MAX_BYTES = 2048 * MEBIBYTE;
/** One statement's share, so that one wide query cannot starve inserts and merges. */
export const QUERY_MEMORY_MAX_BYTES = 1024 * MEBIBYTE;
/** A result that is handed over in one piece; larger ones are streamed (lane `long`). */
export const SHORT_RESULT_BYTES_MAX = 128 * MEBIBYTE;

const MARK_CACHE_BYTES = 64 * MEBIBYTE;
const INDEX_MARK_CACHE_BYTES = 16 * MEBIBYTE;

/** The engine compares its memory with the system's this often; its own 50 ms would be most of an idle
 * Vedette's wake-ups, and more than a quarter of a second would be felt at the end, which waits for it. */
const MEMORY_WORKER_PERIOD_MS = 250;
/**
 * Merged parts are removed this soon after their lifetime. By default that can take five minutes, and a restart after a large
 * backfill then opens thousands of parts that are no longer needed.
 */
const CLEANUP_PERIOD_S = 5;
/** When there is little to remove. */
const CLEANUP_PERIOD_MAX_S = 60;

/** The engine's configuration file. Few background threads: this process shares the machine with what it watches. */
export function engineConfigXml(): string {
  return `<clickhouse>
  <logger><level>none</level></logger>
  <mark_cache_size>${MARK_CACHE_BYTES}</mark_cache_size>
  <index_mark_cache_size>${INDEX_MARK_CACHE_BYTES}</index_mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <max_server_memory_usage>${ENGINE_MEMORY_MAX_BYTES}</max_server_memory_usage>
  <max_thread_pool_size>256</max_thread_pool_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>1</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <memory_worker_period_ms>${MEMORY_WORKER_PERIOD_MS}</memory_worker_period_ms>
  <merge_tree>
    <merge_selecting_sleep_ms>5000</merge_selecting_sleep_ms>
    <old_parts_lifetime>30</old_parts_lifetime>
    <cleanup_delay_period>${CLEANUP_PERIOD_S}</cleanup_delay_period>
    <cleanup_delay_period_random_add>1</cleanup_delay_period_random_add>
    <max_cleanup_delay_period>${CLEANUP_PERIOD_MAX_S}</max_cleanup_delay_period>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`;
}
