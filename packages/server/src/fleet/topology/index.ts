// In: cameras in trouble with the switch, recorder and site that they depend on. Out: the causes that explain many of them at once.
export { LINK_FAMILY, STREAM_FAMILY } from './cause-words.ts';
export { type Cause, Causes, type LostLink } from './causes.ts';
export { type NamedParent, parentsOf } from './parents.ts';
export type { Hit, RollUpRules } from './roll-up.ts';
