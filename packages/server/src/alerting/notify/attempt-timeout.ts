/** For kinds without a `timeout`: an answer slower than this counts as a failed attempt; Alertmanager leaves it to group_interval. */
export const ATTEMPT_TIMEOUT_MS = 10_000;
