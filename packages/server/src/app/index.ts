/**
 * The composition root: reads the configuration, opens every room in the order in which a sample meets it, starts, reloads and
 * stops them. `startVedette` is the guided tour. Called by cli.
 */
export { type Description, type StartOptions, type Vedette, startVedette } from './app.ts';
export { checkConfiguration, checkDashboardFile, checkRuleFiles } from './check.ts';
export { type InhibitionRequest, examineInhibitions } from './doctor-inhibition.ts';
export { type ExamineRequest, examineInhibitionsOf, examineRuleFiles } from './doctor.ts';
export { type Flags, type LoadedConfig, loadConfig } from './config.ts';
export { printConfig } from './print-config.ts';
export { runPromqlScript } from './promql-script.ts';
export { type OfflineStore, openOfflineStore } from './offline-store.ts';
export { externalUrl } from './settings.ts';
