/**
 * Dashboards: Grafana JSON in its many dialects comes in (files, ConfigMaps, imports over HTTP, the shipped catalogue), one
 * `DashboardModel` (wire/http) goes out, which the web application draws. The original document is kept byte for byte.
 * `app` opens this room with an expression checker made from the PromQL parser and mounts its plugin.
 */
export { type DashboardsConfig, dashboardsConfigSchema } from './config.ts';
export { normaliseDashboard } from './normalise.ts';
export type { ExpressionChecker, ExpressionProblem } from './ports.ts';
export { readDocument } from './read-document.ts';
export { type DashboardsDeps, type DashboardsOptions, type DashboardsRoom, openDashboards } from './room.ts';
