export interface Pace {
  readonly current: number;
  /** How long the other figures were gathered. */
  readonly seconds: number;
  readonly rowsIn: number;
  readonly rowsSent: number;
  /** In requests that were answered well, of all shards together. */
  readonly secondsSpent: number;
  /** Not read from the spool yet. */
  readonly rowsBehind: number;
  readonly min: number;
  readonly max: number;
}

/** Upstream's figures: a backlog goes at 5 % a second, and less than 30 % of change is none. */
const CATCH_UP = 0.05;
const TOLERANCE = 0.3;

/** Requests at once that keep up with what comes in and catch up with what waits. */
export function desiredShards(pace: Pace): { readonly desired: number; readonly raw: number } {
  const { current, min, max } = pace;
  const bounded = (shards: number): number => Math.min(max, Math.max(min, shards));
  if (pace.rowsSent <= 0) return { desired: bounded(current), raw: current };
  const secondsPerRow = pace.secondsSpent / pace.rowsSent;
  const raw = secondsPerRow * (pace.rowsIn / pace.seconds + CATCH_UP * pace.rowsBehind);
  const whole = Math.ceil(raw);
  const within = whole >= current * (1 - TOLERANCE) && whole <= current * (1 + TOLERANCE);
  // Fewer only once nothing waits: while behind, the estimate is of the past.
  const behind = pace.rowsBehind > (10 * pace.rowsIn) / pace.seconds;
  return { desired: bounded(within || (whole < current && behind) ? current : whole), raw };
}
