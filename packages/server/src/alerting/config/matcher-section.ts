import { z } from 'zod';
import { errorMessage } from '../../base/errors.ts';
import type { Matcher } from '../../model/matcher.ts';
import { buildMatcher } from './matcher-fault.ts';
import { type MatcherMode, parseMatchers } from './parse-matchers.ts';

const CLASSIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Names in `match` and `match_re` stay of the old kind in every mode. */
function checkNames(map: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  for (const name of Object.keys(map)) {
    if (!CLASSIC_NAME.test(name))
      context.addIssue({ code: 'custom', path: [name], message: `invalid label name ${JSON.stringify(name)}` });
  }
}

/** `match`: equal values. */
export const matchMap = z.record(z.string(), z.string()).superRefine(checkNames);

/** `match_re`: whole values match. A key without a value is no expression. */
export const matchRegexMap = z
  .record(
    z.string(),
    z.unknown().transform((value, context): string => {
      if (typeof value === 'string') return value;
      if (value === null || value === undefined) {
        context.addIssue({ code: 'custom', message: 'invalid regexp value: it is empty; write "" for the empty text' });
      } else {
        context.addIssue({ code: 'invalid_type', expected: 'string', input: value });
      }
      return z.NEVER;
    }),
  )
  .superRefine((map, context) => {
    checkNames(map, context);
    for (const [name, expression] of Object.entries(map)) {
      try {
        buildMatcher(name, '=~', expression);
      } catch (error) {
        context.addIssue({ code: 'custom', path: [name], message: errorMessage(error) });
      }
    }
  });

/** `matchers`: a list of texts, each with one matcher or more. */
export function matcherLines(mode: MatcherMode) {
  return z.array(
    z.string().superRefine((text, context) => {
      try {
        parseMatchers(text, mode);
      } catch (error) {
        context.addIssue({ code: 'custom', message: errorMessage(error) });
      }
    }),
  );
}

/** A label name outside of `match` and `match_re`. */
export function labelNameFault(name: string, mode: MatcherMode): boolean {
  return mode === 'classic' ? !CLASSIC_NAME.test(name) : name === '';
}

export interface WrittenMatchers {
  readonly match?: Readonly<Record<string, string>> | undefined;
  readonly matchRe?: Readonly<Record<string, string>> | undefined;
  readonly matchers?: readonly string[] | undefined;
}

/** All of them, in the order in which Alertmanager writes them into keys. What was checked by the schemas does not throw. */
export function matchersOf(
  { match = {}, matchRe = {}, matchers = [] }: WrittenMatchers,
  mode: MatcherMode,
): readonly Matcher[] {
  return [
    ...Object.entries(match).map(([name, value]) => buildMatcher(name, '=', value)),
    // Alertmanager anchors the expression of match_re before it makes a matcher of it, and keys show that.
    ...Object.entries(matchRe).map(([name, value]) => ({
      ...buildMatcher(name, '=~', value),
      value: `^(?:${value})$`,
    })),
    ...matchers.flatMap((text) => parseMatchers(text, mode).matchers),
  ].sort(compareMatchers);
}

const OPERATOR_ORDER = ['=', '!=', '=~', '!~'];

function compareMatchers(one: Matcher, other: Matcher): number {
  return (
    compareText(one.name, other.name) ||
    compareText(one.value, other.value) ||
    OPERATOR_ORDER.indexOf(one.operator) - OPERATOR_ORDER.indexOf(other.operator)
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
