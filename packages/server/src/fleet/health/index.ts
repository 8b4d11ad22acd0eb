// In: evidence about cameras, what the inventory expects of them, and the time. Out: one state for each camera with its troubles and their
// reasons, the causes that many have in common, series of both, changes of state as events, and the pages' API.
export { type HealthSettings, healthConfigSchema } from './class-policy.ts';
export { type FleetHealth, type FleetHealthDeps, type FleetHealthOptions, openHealth } from './open-health.ts';
