/** What a group of `/api/v1/rules` says besides Prometheus's own fields; counted since the start of the process. */
export interface RuleGroupExtras {
  /** Evaluations that were done. */
  readonly evaluations: number;
  /** Evaluations that were due and left out, because the one before still ran. */
  readonly missedEvaluations: number;
  /** When evaluations were last left out, RFC 3339; absent: never. */
  readonly lastMissed?: string;
}
