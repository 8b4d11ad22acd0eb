/**
 * Relabelling: changes or drops label sets by rules.
 * In: rules as in `relabel_configs`, compiled once; a label map. Out: the changed map, or "dropped".
 * Called for targets when discovery changes and for a series when it is first seen.
 */
export { type RelabelAction, type RelabelConfig, RELABEL_ACTIONS, relabelConfig, relabelConfigs } from './config.ts';
export { Relabeler } from './relabeler.ts';
