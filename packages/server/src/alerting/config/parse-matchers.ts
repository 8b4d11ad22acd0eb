import { errorMessage } from '../../base/errors.ts';
import type { Matcher } from '../../model/matcher.ts';
import { parseClassicMatcher, parseClassicMatchers } from './classic-matchers.ts';
import { matcherFault } from './matcher-fault.ts';
import { matcherText } from './matcher-text.ts';
import { parseUtf8Matchers } from './utf8-matchers.ts';

/** Alertmanager's three ways to read matchers: `fallback` is its default, the others are its feature flags. */
export type MatcherMode = 'fallback' | 'utf8-strict' | 'classic';

export interface ParsedMatchers {
  readonly matchers: readonly Matcher[];
  /** Set when the text would be read in another way, or not at all, by `utf8-strict`. */
  readonly warning?: string;
}

/** One or more matchers, separated by commas, in braces or not. Throws ALERTMANAGER_INVALID. */
export function parseMatchers(text: string, mode: MatcherMode = 'fallback'): ParsedMatchers {
  return inMode(text, mode, parseUtf8Matchers, parseClassicMatchers);
}

/** Exactly one matcher without braces, as the API's filters have them. Throws ALERTMANAGER_INVALID. */
export function parseMatcher(text: string, mode: MatcherMode = 'fallback'): Matcher {
  const hasBrace = text.startsWith('{') || text.endsWith('}');
  if (mode !== 'classic' && hasBrace) throw matcherFault(`unexpected open or close brace: ${text}`);
  const { matchers } = inMode(text, mode, single, (one) => [parseClassicMatcher(one)]);
  return matchers[0] as Matcher;
}

function single(text: string): readonly Matcher[] {
  const matchers = parseUtf8Matchers(text);
  if (matchers.length === 1) return matchers;
  throw matcherFault(matchers.length === 0 ? 'no matchers' : `expected 1 matcher, found ${matchers.length}`);
}

type Parse = (text: string) => readonly Matcher[];

function inMode(text: string, mode: MatcherMode, utf8: Parse, classic: Parse): ParsedMatchers {
  if (mode === 'utf8-strict') return { matchers: utf8(text) };
  if (mode === 'classic') return { matchers: classic(text) };
  const strict = attempt(utf8, text);
  const loose = attempt(classic, text);
  // Where both can read it, the older reading wins: nobody's routes change by an upgrade.
  if ('error' in loose) {
    if ('error' in strict) throw loose.error;
    return strict;
  }
  if ('error' in strict) {
    const suggestion = loose.matchers.map(matcherText).join(',');
    const warning = `is read in Alertmanager's older way, which will end (${errorMessage(strict.error)}); write it as ${suggestion}`;
    return { ...loose, warning };
  }
  if (sameMatchers(strict.matchers, loose.matchers)) return strict;
  const warning = `means one thing to Alertmanager's older reading, which is used here, and another to its newer one; quote the value: ${loose.matchers.map(matcherText).join(',')}`;
  return { ...loose, warning };
}

function attempt(parse: Parse, text: string): ParsedMatchers | { readonly error: unknown } {
  try {
    return { matchers: parse(text) };
  } catch (error) {
    return { error };
  }
}

function sameMatchers(one: readonly Matcher[], other: readonly Matcher[]): boolean {
  return one.map(matcherText).join(',') === other.map(matcherText).join(',');
}
