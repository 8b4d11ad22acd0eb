/**
 * JSON shapes of /api/vedette/…; types only. The server's rooms write them, the web application reads them, and both are checked
 * against the same declaration. docs/reference/http-api.md shows an example of each.
 */
export type * from './alerting.ts';
export type * from './alerting/silences.ts';
export type * from './alerting/routes.ts';
export type * from './alerting/receivers.ts';
export type * from './alerting/history.ts';
export type * from './alerting/noise.ts';
export type * from './alerting/rule-groups.ts';
export type * from './alerting/doctor.ts';
export type * from './dashboard.ts';
export type * from './status.ts';
export type * from './target-series.ts';
export type * from './alerting/acknowledgements.ts';
export type * from './alerting/escalation.ts';
export type * from './alerting/route-test.ts';
export type * from './fleet/camera.ts';
export type * from './fleet/inventory-changes.ts';
export type * from './fleet/inventory-discovery.ts';
export type * from './fleet/inventory-imports.ts';
export type * from './fleet/inventory-maintenance.ts';
export type * from './fleet/inventory-plans.ts';
export type * from './fleet/probe-phases.ts';
export type * from './fleet/state.ts';
export { PROBE_PHASES } from './fleet/probe-phases.ts';
export { CAMERA_STATES } from './fleet/state.ts';
