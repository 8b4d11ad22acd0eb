/**
 * Evaluates recording and alerting rules on time. In: Prometheus rule files and RuleSource groups, answers of a
 * QueryEngine. Out: recorded samples and ALERTS series to a SampleSink, firing and resolved alerts to an AlertSink,
 * /api/v1/rules and /api/v1/alerts. `app` opens it and connects the ports; state of alerts lives in the StateStore.
 */
export { type RulesConfig, type RulesSettings, ruleFilesSchema, rulesConfigSchema } from './config.ts';
export { type GroupOutcome, RuleEvaluator } from './evaluator.ts';
export type { EvaluatorDeps, EvaluatorOptions } from './rule-run.ts';
export { type GroupState, newGroupState } from './group-state.ts';
export { type LoadedRules, RULE_FILE_BYTES_MAX, faultLines, loadRules, readRuleFile } from './load-rules.ts';
export { expandRuleFiles } from './rule-glob.ts';
export { openRules } from './open-rules.ts';
export type {
  AlertSink,
  AlertingRule,
  ExpressionChecker,
  ExpressionProblem,
  RecordingRule,
  Rule,
  RuleAlert,
  RuleGroup,
  RuleSource,
} from './ports.ts';
export type { PreparedRules, RulesDeps, RulesRoom } from './room.ts';
export { parseRuleFile } from './rule-file.ts';
export type { RuleFile, RuleFileOptions } from './rule-reading.ts';
export { type DuplicateRule, duplicateRules } from './duplicate-rules.ts';
