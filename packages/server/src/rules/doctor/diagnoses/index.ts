import type { Diagnose } from '../examination.ts';
import { counterValue } from './counter-value.ts';
import { evaluationFails } from './evaluation-fails.ts';
import { impossibleThreshold } from './impossible-threshold.ts';
import { labelsNeverMatch } from './labels-never-match.ts';
import { missingSeries } from './missing-series.ts';
import { neverSeen } from './never-seen.ts';
import { noBuckets } from './no-buckets.ts';
import { percentageAgainstRatio } from './percentage-against-ratio.ts';
import { rateAsRatio } from './rate-as-ratio.ts';
import { shortFor, shortRange } from './short-durations.ts';
import { templateLabels } from './template-labels.ts';
import { timeAndSizeUnits } from './time-and-size-units.ts';

/** In the order in which they are told: what keeps a rule from firing comes first. */
export const DIAGNOSES: readonly Diagnose[] = [
  missingSeries,
  noBuckets,
  evaluationFails,
  labelsNeverMatch,
  shortRange,
  impossibleThreshold,
  percentageAgainstRatio,
  rateAsRatio,
  timeAndSizeUnits,
  neverSeen,
  shortFor,
  counterValue,
  templateLabels,
];
