/**
 * Says whether inhibition rules can ever silence anything. In: inhibit rules of the model, and the label sets of the alerts that rules
 * can make. Out: one case for each alert that is meant. `app` makes the alerts with the rule doctor.
 */
export {
  type InhibitionCase,
  type InhibitionCheck,
  type PossibleAlerts,
  checkInhibition,
  targetKey,
  withHostLabel,
  withoutPort,
} from './inhibition-check.ts';
