/** What `/api/vedette/rules/doctor` answers; times are RFC 3339, durations are written as in rule files. */
export interface RuleDoctorAnswer {
  /** Of every rule of the group that was asked for, in the file's order. */
  readonly reports: readonly RuleReport[];
  /** Rules of the group that were not looked at, because the time was up or there are too many; ask for them by name. */
  readonly rulesLeft: number;
}

/**
 * `broken`: it cannot fire, or does not compare what it says. `doubtful`: it can fire, and something speaks against that it does as meant.
 * `sound`: nothing was found. `unknown`: the store could not be asked; `faults` say why.
 */
export type RuleVerdict = 'sound' | 'doubtful' | 'broken' | 'unknown';

export interface RuleReport {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  /** Place in the group, from 0: names may repeat. */
  readonly index: number;
  readonly query: string;
  readonly verdict: RuleVerdict;
  /** One sentence. */
  readonly summary: string;
  readonly diagnoses: readonly RuleDiagnosis[];
  /** What could not be found out, and why. */
  readonly faults: readonly string[];
  /** Alerting rules only; null when the store could not answer (see `faults`). */
  readonly backtest: RuleBacktest | null;
  /** The same past with the threshold or `for` that was asked for. */
  readonly whatIf: RuleBacktest | null;
  readonly repair: RuleRepair | null;
  readonly durationSeconds: number;
}

export interface RuleDiagnosis {
  /** Stable name, such as `unknown-metric`; docs/guide/rule-doctor.md has a section for each. */
  readonly kind: string;
  /** `error`: the rule is broken. `warning`: doubtful. `note`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'note';
  /** What is wrong, in plain words. */
  readonly message: string;
  /** What was seen in the store that says so. */
  readonly evidence: readonly string[];
  /** What to do. */
  readonly remedy: string;
  /** Characters of `query` that this is about, from 0; null: of the rule as a whole. */
  readonly span: { readonly start: number; readonly end: number } | null;
}

export interface RuleBacktest {
  readonly start: string;
  readonly end: string;
  /** Between two evaluations; longer than the group's interval when the past was too much to replay at that. */
  readonly step: string;
  /** False when `step` is longer than the group's interval: short alerts may be missing. */
  readonly isExact: boolean;
  /** The comparison's number, null when the rule has none. */
  readonly threshold: number | null;
  readonly for: string;
  /** Alerts that began to fire. */
  readonly fired: number;
  /** Alerts that were pending and ended before they fired. */
  readonly onlyPending: number;
  /** Sum over alerts. */
  readonly firingSeconds: number;
  /** Least and most of what is compared with the threshold; null when nothing was there or nothing is compared. */
  readonly seen: { readonly min: number; readonly max: number } | null;
  /** The first ones, ascending. */
  readonly episodes: readonly RuleEpisode[];
  /** How many more there are. */
  readonly episodesLeft: number;
  /** How often it would have fired with another `for`. */
  readonly otherFor: readonly { readonly for: string; readonly fired: number }[];
}

/** One alert from pending to its end. */
export interface RuleEpisode {
  readonly labels: Readonly<Record<string, string>>;
  readonly pendingAt: string;
  /** null: it ended before it fired. */
  readonly firedAt: string | null;
  /** null: still there at the end of the past that was looked at. */
  readonly endedAt: string | null;
  /** The highest value (the lowest of a rule that compares with `<`). */
  readonly worstValue: number;
}

export interface RuleRepair {
  readonly query: string;
  readonly for: string | null;
  /** What was changed and why. */
  readonly changes: readonly string[];
  /** What the doctor says of the repaired rule on the same store. */
  readonly verdict: RuleVerdict;
  readonly summary: string;
  /** Unified diff of the rule's file; null when the rule comes from no file that can be read. */
  readonly diff: string | null;
}

/** What the doctor says of one rule of `inhibit_rules`, given the alerts that rules can make. */
export interface InhibitionReport {
  /** Place in `inhibit_rules`, from 0. */
  readonly index: number;
  readonly name: string | null;
  /** `broken`: it can never apply. `doubtful`: only to some of what it means, or only for moments. `unknown`: it cannot be told. */
  readonly verdict: RuleVerdict;
  readonly summary: string;
  /** One line for each alert that it is meant to silence. */
  readonly evidence: readonly string[];
  readonly remedy: string | null;
  readonly repair: {
    /** For `equal`. */
    readonly equal: readonly string[];
    /** `relabel_configs` for the scrape jobs, YAML; null when the label is there already. */
    readonly relabelConfigs: string | null;
    /** Unified diff of the Alertmanager file; null when its text was not given. */
    readonly diff: string | null;
  } | null;
}
