import { VedetteError } from '../../base/errors.ts';
import { matchesEmpty } from '../../model/matcher.ts';
import type { SilenceDraft } from '../ports.ts';
import { MATCHERS_MAX } from './silence-limits.ts';

/** Throws SILENCE_INVALID in upstream's words. Source: Alertmanager, silence/silence.go, validateSilence. */
export function checkSilence(draft: SilenceDraft): void {
  const { matchers, startsAtMs, endsAtMs } = draft;
  if (matchers.length === 0) throw invalid('at least one matcher required');
  if (matchers.length > MATCHERS_MAX)
    throw invalid(`${matchers.length} matchers are more than ${MATCHERS_MAX}; make several silences`);
  for (const [i, { name }] of matchers.entries()) {
    if (name === '' || !name.isWellFormed())
      throw invalid(`invalid label matcher ${i}: invalid label name ${JSON.stringify(name)}`);
  }
  if (matchesEmpty(matchers)) throw invalid('at least one matcher must not match the empty string');
  if (!Number.isFinite(startsAtMs)) throw invalid('invalid zero start timestamp');
  if (!Number.isFinite(endsAtMs)) throw invalid('invalid zero end timestamp');
  if (endsAtMs < startsAtMs) throw invalid('end time must not be before start time');
}

export function invalid(words: string): VedetteError {
  return new VedetteError('SILENCE_INVALID', `silence invalid: ${words}`);
}
