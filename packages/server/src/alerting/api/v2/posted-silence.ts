import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import { type MatchOperator, type Matcher, createMatcher } from '../../../model/matcher.ts';
import type { SilenceDraft } from '../../ports.ts';
import { invalid } from '../../silences/check-silence.ts';
import { parseDateTime } from './date-time.ts';
import { isRecord, unreadable, wrongType } from './json-body.ts';
import { OpenApiFault, TOO_FEW_ITEMS, required } from './open-api-fault.ts';

/**
 * The body of `POST /silences` as a draft. `user` is who is signed in and takes the place of the name that was written; a token names
 * nobody. Throws OpenApiFault for a wrong shape, SILENCE_INVALID for a wrong expression.
 */
export function postedSilence(body: unknown, user: string | undefined): SilenceDraft {
  if (body !== null && !isRecord(body)) throw wrongType('silence', body, 'value', 'models.PostableSilence');
  const written = body ?? {};
  const id = text(written, 'id');
  // In the order in which the generated server looks at them.
  const comment = needed(written, 'comment');
  const createdBy = needed(written, 'createdBy');
  const endsAtMs = momentOf(needed(written, 'endsAt'));
  const matchers = matchersOf(written['matchers']);
  const startsAtMs = momentOf(needed(written, 'startsAt'));
  return {
    ...(id === undefined || id === '' ? {} : { id }),
    matchers: matchers.map(({ name, operator, value }, i) => compiled(name, operator, value, i)),
    startsAtMs,
    endsAtMs,
    createdBy: user === undefined || user === 'token' ? createdBy : user,
    user,
    comment,
    annotations: annotationsOf(written['annotations']),
  };
}

type Written = Readonly<Record<string, unknown>>;

interface WrittenMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

function text(written: Written, field: string): string | undefined {
  const value = written[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType('silence', value, `struct field .${field}`, 'string');
  return value;
}

function needed(written: Written, field: string): string {
  const value = text(written, field);
  if (value === undefined) throw required(field);
  return value;
}

function momentOf(written: string): number {
  const ms = parseDateTime(written) ?? 0;
  if (Number.isNaN(ms)) throw unreadable('silence', `parsing time ${JSON.stringify(written)}: not RFC 3339`);
  return ms;
}

function matchersOf(value: unknown): readonly WrittenMatcher[] {
  if (value === undefined || value === null) throw required('matchers');
  if (!Array.isArray(value)) throw wrongType('silence', value, 'struct field .matchers', 'models.Matchers');
  if (value.length === 0) throw new OpenApiFault(TOO_FEW_ITEMS, 'matchers in body should have at least 1 items');
  return value.map((matcher: unknown, i) => {
    if (!isRecord(matcher)) throw wrongType('silence', matcher, 'value', 'models.Matcher');
    const isRegex = bool(matcher, 'isRegex');
    if (isRegex === undefined) throw required(`matchers.${i}.isRegex`);
    const name = text(matcher, 'name');
    if (name === undefined) throw required(`matchers.${i}.name`);
    const pattern = text(matcher, 'value');
    if (pattern === undefined) throw required(`matchers.${i}.value`);
    const isEqual = bool(matcher, 'isEqual') ?? true;
    return {
      name,
      operator: `${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}` as MatchOperator,
      value: pattern,
    };
  });
}

function bool(matcher: Written, field: string): boolean | undefined {
  const value = matcher[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType('silence', value, `struct field Matcher.matchers.${field}`, 'bool');
  return value;
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw wrongType('silence', value, 'struct field .annotations', 'models.LabelSet');
  for (const one of Object.values(value))
    if (typeof one !== 'string') throw wrongType('silence', one, 'struct field .annotations', 'string');
  return value as Readonly<Record<string, string>>;
}

function compiled(name: string, operator: MatchOperator, value: string, i: number): Matcher {
  try {
    return createMatcher(name, operator, value);
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    throw invalid(
      `invalid label matcher ${i}: invalid regular expression ${JSON.stringify(value)}: ${errorMessage(error)}`,
    );
  }
}
