import type { Scenario } from '../scenario.ts';
import { GROUPING } from './grouping.ts';
import { MUTING } from './muting.ts';
import { ROUTING } from './routing.ts';
import { TROUBLE } from './trouble.ts';

export const SCENARIOS: readonly Scenario[] = [...GROUPING, ...ROUTING, ...MUTING, ...TROUBLE];
