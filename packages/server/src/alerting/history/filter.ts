import { VedetteError, errorMessage } from '../../base/errors.ts';
import { type MatchOperator, type Matcher, createMatcher } from '../../model/matcher.ts';

const FILTER = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*([^]*)$/;

/** `severity="critical"`, `camera=~cam-.*`: one matcher as Alertmanager's API takes them in `filter`. Throws QUERY_BAD_PARAMETER. */
export function parseFilter(text: string): Matcher {
  const [, name, operator, written] = FILTER.exec(text.trim()) ?? [];
  if (name === undefined || operator === undefined || written === undefined)
    throw refused(text, 'write it as name="value", name!="value", name=~"regex" or name!~"regex"');
  try {
    return createMatcher(name, operator as MatchOperator, written.startsWith('"') ? unquoted(text, written) : written);
  } catch (error) {
    if (error instanceof VedetteError && error.code === 'PROMQL_PARSE') throw refused(text, errorMessage(error));
    throw error;
  }
}

function unquoted(text: string, written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    throw refused(text, 'the value is not a quoted string');
  }
}

function refused(text: string, why: string): VedetteError {
  return new VedetteError('QUERY_BAD_PARAMETER', `parameter "filter": ${JSON.stringify(text.slice(0, 200))}: ${why}`);
}
