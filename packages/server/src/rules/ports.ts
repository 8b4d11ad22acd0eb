/** The doors of the rules room: what it evaluates, what it asks, and where its alerts go. `app` connects the other sides. */
import type { UnixMs } from '../base/clock.ts';
import type { Labels } from '../model/labels.ts';

interface RuleBase {
  /** `record` or `alert` of the file. */
  readonly name: string;
  /** PromQL as written in the file. */
  readonly query: string;
  /** Group labels first, the rule's own over them; of alerting rules the values are templates. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordingRule extends RuleBase {
  readonly type: 'recording';
}

export interface AlertingRule extends RuleBase {
  readonly type: 'alerting';
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Values are templates. */
  readonly annotations: Readonly<Record<string, string>>;
}

export type Rule = RecordingRule | AlertingRule;

export interface RuleGroup {
  /** File (or source) the group comes from; with `name` it identifies the group. */
  readonly file: string;
  readonly name: string;
  /** Undefined: the configured evaluation interval. */
  readonly intervalMs: number | undefined;
  /** Most series or alerts one rule may yield; 0 means no limit. */
  readonly limit: number;
  /** Undefined: the configured rule_query_offset. */
  readonly queryOffsetMs: number | undefined;
  readonly rules: readonly Rule[];
}

/** Groups that do not come from files: compiled SLOs, the catalogue. Asked at every `apply`. */
export interface RuleSource {
  groups(): readonly RuleGroup[];
}

/** A firing or just resolved alert, as Prometheus sends it to an Alertmanager. */
export interface RuleAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** When the alert began to fire. */
  readonly startsAtMs: number;
  /** Resolved: when it ended. Firing: when it counts as ended unless sent again before. */
  readonly endsAtMs: number;
  readonly resolved: boolean;
  /** Newest value of the expression. */
  readonly value: number;
  /** Firing by what was remembered from before a restart: its expression has not returned it since. */
  readonly isUnconfirmed?: boolean;
  /** Page that shows the rule's expression. */
  readonly generatorUrl: string;
}

export interface AlertSink {
  receive(alerts: readonly RuleAlert[], at: UnixMs): Promise<void>;
}

export interface ExpressionProblem {
  readonly message: string;
  /** Offsets into the expression, when known. */
  readonly start?: number;
  readonly end?: number;
  /** A corrected expression, where one is known. */
  readonly fix?: string;
}

/** Says whether an expression is valid PromQL that this version can run. */
export interface ExpressionChecker {
  check(expression: string): ExpressionProblem | undefined;
}
