/**
 * The composition root: reads the configuration, opens every room in the order in which a sample meets it, starts, reloads and
 * stops them. `startVedette` is the guided tour. Called by cli.
 */
export { type Description, type StartOptions, type Vedette, startVedette } from './app.ts';
export { type RunningAgent, type StartAgentOptions, startAgent } from './start-agent.ts';
export { type Demo, startDemo } from './demo.ts';
export { writeSimulationFiles } from './simulation-files.ts';
export { type AlertmanagerOptions, type RunningAlertmanager, startAlertmanager } from './alertmanager.ts';
export { type CheckedAlertmanagerFile, checkAlertmanagerFile } from './check-alertmanager.ts';
export { checkConfiguration, checkDashboardFile } from './check.ts';
export { type CheckedRules, checkRuleFile, checkRuleText } from './check-rules.ts';
export { type InhibitionRequest, examineInhibitions } from './doctor-inhibition.ts';
export { type ExamineRequest, examineAlertmanagerFile, examineRuleFiles } from './doctor.ts';
export { type Flags, type LoadedConfig, loadConfig } from './config.ts';
export { LOG_LEVELS, type LogFormat, type LogLevel } from './logging.ts';
export { printConfig } from './print-config.ts';
export {
  type RuleTestOptions,
  type RuleTestReport,
  type TestedFile,
  type TestedGroup,
  failureLines,
  junitXml,
  runRuleTests,
} from './rule-tests/index.ts';
export { runPromqlScript } from './promql-script.ts';
export { type OfflineStore, openOfflineStore } from './offline-store.ts';
export { externalUrl } from './settings.ts';
export { RouteTests, type RouteTestFailure, type RouteTestReport } from './route-tests.ts';
