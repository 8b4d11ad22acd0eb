/** What `/api/vedette/alerting/noise` answers: which rules and receivers make noise, and what could be done; times are RFC 3339. */
export interface AlertNoiseReport {
  readonly from: string;
  readonly to: string;
  /** What counts as night. */
  readonly night: { readonly from: string; readonly to: string; readonly timeZone: string };
  /** Rules that fired, loudest first, at most 200. */
  readonly rules: readonly AlertNoiseRule[];
  readonly receivers: readonly AlertNoiseReceiver[];
  /** Pairs of rules that fire together far more often than chance, strongest first, at most 50. */
  readonly together: readonly AlertNoisePair[];
  /** Most promising first. */
  readonly proposals: readonly AlertNoiseProposal[];
}

export interface AlertNoiseRule {
  readonly name: string;
  readonly group: string;
  readonly file: string;
  /** Times an alert of it began to fire. */
  readonly fires: number;
  /** Different label sets among them. */
  readonly alerts: number;
  /** Fires of an alert that had ended less than 15 minutes before. */
  readonly flaps: number;
  /** Became active and ended before it fired. */
  readonly pendingOnly: number;
  readonly nightFires: number;
  /** Fires that ended within 5 minutes without anybody's acknowledgement. */
  readonly shortFires: number;
  /** Of those that ended; null when none did. */
  readonly medianSeconds: number | null;
  readonly p90Seconds: number | null;
  /** Longest pause between the end of a flap and the next fire that still counted as one; null without flaps. */
  readonly flapGapP90Seconds: number | null;
  /** Fires that somebody acknowledged. */
  readonly acknowledged: number;
  /** Fires during which the alert was kept quiet at some time. */
  readonly muted: number;
  /** Alerts told to receivers about it, repeats and ends included. */
  readonly notifications: number;
  readonly lastFire: string;
}

export interface AlertNoiseReceiver {
  readonly receiver: string;
  readonly integration: string;
  /** Messages that were taken; one may hold many alerts. */
  readonly messages: number;
  /** Messages given up. */
  readonly failed: number;
  /** Alerts in them. */
  readonly alerts: number;
  readonly nightMessages: number;
  /** Most in any one hour. */
  readonly busiestHour: number;
  /** Rules with the most messages, at most 5. */
  readonly topRules: readonly { readonly name: string; readonly messages: number }[];
}

export interface AlertNoisePair {
  readonly first: string;
  readonly second: string;
  /** Windows of 5 minutes in which both began to fire. */
  readonly both: number;
  readonly firstFires: number;
  readonly secondFires: number;
  /** How many times more often than if they had nothing to do with each other. */
  readonly lift: number;
  /** Of the second's windows, the share in which the first fired too (0 to 1). */
  readonly shareOfSecond: number;
  /** Labels with equal values in nearly all common windows. */
  readonly equal: readonly string[];
}

export interface AlertNoiseProposal {
  readonly kind: 'inhibit' | 'for' | 'keep-firing-for' | 'threshold' | 'lower-severity' | 'business-hours';
  readonly rule: string;
  /** One sentence: what to do. */
  readonly text: string;
  /** One sentence: the numbers it rests on. */
  readonly evidence: string;
  /** Fires it would have spared in the time looked at. */
  readonly wouldSpare: number;
  /** YAML to paste: a piece of an Alertmanager file or of a rule; null when it takes a human's judgement. */
  readonly yaml: string | null;
}
