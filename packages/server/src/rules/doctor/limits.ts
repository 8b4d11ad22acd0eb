/** Series of one selector that are looked at; with more, nothing is claimed about labels that never match. */
export const SELECTOR_SERIES_MAX = 5_000;
/** Series in the model of labels: all selectors of a rule together. */
export const MODEL_SERIES_MAX = 10_000;
/** Points (series × steps) of the past that are read: a day at 30 s of 350 series. With more the steps grow. */
export const PAST_POINTS_MAX = 1_000_000;
/** Points of them that a rule gives and that are replayed; of a rule that fires all the time only the newest part. */
export const PASSED_POINTS_MAX = 200_000;
/** Given points up to which other lengths of `for` are tried as well. */
export const OTHER_FOR_POINTS_MAX = 50_000;
/** Steps of one range query; Prometheus refuses more. */
export const PAST_STEPS_MAX = 11_000;
/** Samples that one query of the doctor may read. */
export const QUERY_SAMPLES_MAX = 20_000_000;
/** Alerts whose times are told; all are counted. */
export const EPISODES_SHOWN = 50;
/** Names of metrics among which the nearest is looked for. */
export const NAMES_MAX = 200_000;
/** Rounds of mending: what one repair brings to light the next mends. */
export const REPAIR_ROUNDS_MAX = 3;
/** Recording rules inside recording rules that are written out. */
export const INLINE_LEVELS_MAX = 6;
/** Nodes of an expression with recording rules written out; more are left as they are. */
export const INLINE_NODES_MAX = 2_000;
/** Rules of a group in one answer. */
export const RULES_ANSWERED_MAX = 100;

export const WINDOW_DEFAULT_MS = 24 * 3_600_000;
export const WINDOW_MAX_MS = 31 * 24 * 3_600_000;
/** One rule, with its repair; a whole group is stopped after RULES_TIMEOUT_MS. */
export const RULE_TIMEOUT_MS = 10_000;
export const RULES_TIMEOUT_MS = 30_000;
/** Diagnoses at one time; the others are told to come again. */
export const EXAMINATIONS_MAX = 2;
