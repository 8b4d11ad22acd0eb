import type { SourceProblem } from '../base/yaml-source.ts';
import type { ExpressionChecker, Rule, RuleGroup } from './ports.ts';

export interface RuleFile {
  readonly groups: readonly RuleGroup[];
  /** What was read differently from what the author may expect. */
  readonly warnings: readonly string[];
  /** Line on which each rule begins. */
  readonly lines: ReadonlyMap<Rule, number>;
}

export interface RuleFileOptions {
  /** Keys nobody knows are passed over instead of refused. */
  readonly ignoreUnknownFields?: boolean;
  /** Names of metrics, labels and annotations are held to Prometheus's alphabet before version 3. */
  readonly legacyNames?: boolean;
}

/** What the parts of a file are read with, and what they report to. */
export interface RuleFileReading {
  readonly expressions: ExpressionChecker;
  readonly options: RuleFileOptions;
  readonly problems: SourceProblem[];
  readonly warnings: string[];
  readonly lines: Map<Rule, number>;
  /** Reads a rule file that stands inside this one. */
  readInner(text: string): RuleFile;
}
