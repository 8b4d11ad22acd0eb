/**
 * Unit tests of rules, in promtool's files: series are given, rules run on a clock of their own, and alerts and expressions are
 * compared with what the file expects. In: files. Out: a report, as text and as JUnit XML. Called by `vedette test rules`.
 */
export { type RuleTestOptions, type RuleTestReport, type TestedFile, type TestedGroup, runRuleTests } from './run.ts';
export { junitXml } from './junit.ts';
export { failureLines } from './report-text.ts';
