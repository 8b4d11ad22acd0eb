import { RE2JS } from 're2js';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Labels } from './labels.ts';
import { regexFault } from './regex-limits.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** A label matcher; a missing label matches as the empty string. Regular expressions are RE2, anchored at both ends. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  /** Set when an automaton reads the text: a hostile expression may take a millisecond for a few characters. */
  readonly isSlow?: boolean;
  matches(value: string): boolean;
}

/** Throws PROMQL_PARSE when a regular expression is not valid RE2. */
export function createMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  switch (operator) {
    case '=':
      return { name, operator, value, matches: (other) => other === value };
    case '!=':
      return { name, operator, value, matches: (other) => other !== value };
    case '=~': {
      const test = compileAnchored(value);
      return { name, operator, value, isSlow: !isPlain(value), matches: test };
    }
    case '!~': {
      const test = compileAnchored(value);
      return { name, operator, value, isSlow: !isPlain(value), matches: (other) => !test(other) };
    }
  }
}

const LITERAL_ALTERNATIVES = /^[^\\.+*?()[\]{}^$]*$/;

/** `text.*`, `.*text` and `.*text.*`: by far the most common patterns, and a hundred times cheaper without an automaton. */
const LITERAL_BETWEEN_WILDCARDS = /^(\.\*)?([^\\.+*?()[\]{}^$|\n]+)(\.\*)?$/;

/** True when plain comparisons do. */
function isPlain(pattern: string): boolean {
  return (
    pattern === '.*' ||
    pattern === '.+' ||
    LITERAL_ALTERNATIVES.test(pattern) ||
    LITERAL_BETWEEN_WILDCARDS.test(pattern)
  );
}

/** A linear-time anchored test; plain alternations (`a|b|c`) become a set look-up. */
export function compileAnchored(pattern: string): (text: string) => boolean {
  const fault = regexFault(pattern);
  if (fault !== undefined) throw new VedetteError('PROMQL_PARSE', fault);
  if (pattern === '.*') return (text) => !text.includes('\n');
  if (pattern === '.+') return (text) => text !== '' && !text.includes('\n');
  const literals = literalAlternatives(pattern);
  if (literals) {
    if (literals.length === 1) return (text) => text === literals[0];
    const set = new Set(literals);
    return (text) => set.has(text);
  }
  const around = LITERAL_BETWEEN_WILDCARDS.exec(pattern);
  if (around) {
    const literal = around[2] as string;
    if (around[1] && around[3]) return (text) => text.includes(literal) && !text.includes('\n');
    if (around[1]) return (text) => text.endsWith(literal) && !text.includes('\n');
    return (text) => text.startsWith(literal) && !text.includes('\n');
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(`^(?:${pattern})$`);
  } catch (error) {
    throw new VedetteError('PROMQL_PARSE', regexFaultText(error), { cause: error });
  }
  return (text) => compiled.matcher(text).find();
}

/** The strings an anchored pattern can equal when it is a plain alternation, else undefined. */
export function literalAlternatives(pattern: string): readonly string[] | undefined {
  return LITERAL_ALTERNATIVES.test(pattern) ? pattern.split('|') : undefined;
}

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  // Every alert meets every route and inhibition here: a loop by index leaves nothing behind.
  for (let i = 0; i < matchers.length; i++) {
    const matcher = matchers[i] as Matcher;
    if (!matcher.matches(labels.get(matcher.name))) return false;
  }
  return true;
}

/** True when the matchers also accept a series that has none of the labels: a selector needs one that does not. */
export function matchesEmpty(matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matcher.matches(''));
}

/** Go's words, which re2js begins with by itself for most faults. */
function regexFaultText(error: unknown): string {
  return `error parsing regexp: ${errorMessage(error).replace(/^error parsing regexp: /, '')}`;
}
