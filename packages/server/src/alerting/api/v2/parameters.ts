import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import { type Matcher, compileAnchored } from '../../../model/matcher.ts';
import { parseMatcher } from '../../config/parse-matchers.ts';

/** Filters in one request; each is compared with every alert. */
export const FILTERS_MAX = 100;

/** Parameters that Alertmanager's own code refuses: 400 with these words as a JSON string. */
export class ParameterFault extends Error {}

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** go-openapi's words for true; anything else is false. Absent or empty: true, the default of every flag here. */
const TRUE = new Set(['true', '1', 'yes', 'ok', 'y', 'on', 'selected', 'checked', 't', 'enabled']);

export function flag(query: Query, name: string): boolean {
  const text = last(query[name]);
  return text === undefined || text === '' || TRUE.has(text.toLowerCase());
}

/** All of the `filter` parameters; an alert must match each. Throws ParameterFault in upstream's words. */
export function filters(query: Query): readonly Matcher[] {
  const texts = all(query['filter']);
  if (texts.length > FILTERS_MAX) throw new ParameterFault(`${texts.length} filters are more than ${FILTERS_MAX}`);
  return texts.map((text) => {
    try {
      return parseMatcher(text);
    } catch (error) {
      if (isVedetteError(error)) throw new ParameterFault(errorMessage(error));
      throw error;
    }
  });
}

/** Tests a receiver's name; undefined when every receiver counts. */
export function receiverFilter(query: Query): ((name: string) => boolean) | undefined {
  const pattern = last(query['receiver']);
  if (pattern === undefined || pattern === '') return undefined;
  try {
    return compileAnchored(pattern);
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    throw new ParameterFault(`failed to parse receiver param: ${errorMessage(error)}`);
  }
}

function all(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function last(value: string | readonly string[] | undefined): string | undefined {
  return all(value).at(-1);
}
