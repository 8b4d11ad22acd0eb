/** Bounds that both drivers keep. */

/** A read without a time of its own; dashboards and rules give theirs, Prometheus' default is the same. */
export const QUERY_TIMEOUT_DEFAULT_MS = 120_000;
/** One insert of at most a few hundred thousand rows takes well under a second; beyond this the disk hangs. */
export const INSERT_TIMEOUT_MS = 60_000;
/** DDL, dropped partitions: may rewrite parts. */
export const STATEMENT_TIMEOUT_MS = 600_000;
