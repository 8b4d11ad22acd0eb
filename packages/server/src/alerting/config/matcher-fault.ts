import { VedetteError, errorMessage, isVedetteError } from '../../base/errors.ts';
import { type MatchOperator, type Matcher, createMatcher } from '../../model/matcher.ts';

/** A text that should hold matchers, and does not. */
export function matcherFault(message: string, cause?: unknown): VedetteError {
  return new VedetteError('ALERTMANAGER_INVALID', message, cause === undefined ? {} : { cause });
}

/** A matcher whose regular expression may be wrong; `before` is put in front of that fault. */
export function buildMatcher(name: string, operator: MatchOperator, value: string, before = ''): Matcher {
  try {
    return createMatcher(name, operator, value);
  } catch (error) {
    if (!isVedetteError(error, 'PROMQL_PARSE')) throw error;
    const message = errorMessage(error).replace(/^(error parsing regexp: )+/, '$1');
    throw matcherFault(`${before}${message}`, error);
  }
}
