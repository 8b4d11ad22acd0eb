/** Bounds that make any template end soon, whoever wrote it. Annotations are sentences; these leave ample room. */

/** Longest template text. */
export const TEMPLATE_CHARS_MAX = 65_536;
/** Longest output, and longest string any step may make: a notification body is refused by most receivers well below. */
export const OUTPUT_CHARS_MAX = 262_144;
/** Nodes visited in one run; a run at the bound takes some tens of milliseconds. */
export const STEPS_MAX = 100_000;
/** Blocks and parentheses inside each other while parsing, and templates calling each other while running. */
export const NESTING_MAX = 64;
/** `query` calls of one run; each is a PromQL query. */
export const QUERIES_MAX = 16;
/** Series one `query` call may hand to the template. */
export const QUERY_SAMPLES_MAX = 10_000;
/** Work of one run, its restarts for `query` included; see work.ts for the unit. A run at the bound takes about half a second. */
export const WORK_MAX = 50_000_000;
/** Longest run, for what the count of work does not foresee. */
export const TIME_MS_MAX = 2_000;
/** Lists and maps inside each other that can be printed. */
export const PRINTED_LEVELS_MAX = 100;
