/**
 * The rule doctor: holds rules against the stored past and says whether they can fire, why not, how often they would have fired, and
 * how they could be mended. In: rule groups, a store behind DoctorStore. Out: reports in the shape of @vedette/wire/http, diffs of
 * rule files. `app` opens it on this process's store or on a server's HTTP API. One diagnosis is one file of `diagnoses/`.
 */
export type { AlertOutcome } from './alert-outcome.ts';
export { type DoctorApiDeps, doctorApi, readRuleText } from './doctor-api.ts';
export { type Examined, RuleDoctor } from './doctor.ts';
export { type GroupReports, reportGroup } from './report-group.ts';
export { RULE_TIMEOUT_MS, WINDOW_DEFAULT_MS, WINDOW_MAX_MS } from './limits.ts';
export type { DoctorDeps, DoctorOptions, DoctorStore, WhatIf } from './ports.ts';
export { familyNames } from './family-names.ts';
export { changeRule } from './rule-text.ts';
export { unifiedDiff } from './unified-diff.ts';
