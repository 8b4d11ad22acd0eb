import type { MatchOperator, Matcher } from '../../model/matcher.ts';
import { buildMatcher, matcherFault } from './matcher-fault.ts';

const BEGINNING = /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*/;

/**
 * Matchers as Alertmanager read them before 0.27: names of ASCII, values with or without quotes, braces optional at either end.
 * Throws ALERTMANAGER_INVALID with upstream's words. Source: Alertmanager, pkg/labels/parse.go.
 */
export function parseClassicMatchers(text: string): readonly Matcher[] {
  return splitAtCommas(text.replace(/^\{/, '').replace(/\}$/, '')).map(parseClassicMatcher);
}

/** Commas inside quotes do not separate; a last part that is only space is none. */
function splitAtCommas(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  let isEscaped = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === ',' && !isQuoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    } else if (c === '"') {
      if (!isEscaped) isQuoted = !isQuoted;
      isEscaped = false;
    } else {
      isEscaped = c === '\\' && !isEscaped;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

export function parseClassicMatcher(text: string): Matcher {
  const match = BEGINNING.exec(text);
  if (!match) throw matcherFault(`bad matcher format: ${text}`);
  const written = trimEnd(text.slice(match[0].length));
  return buildMatcher(match[1] as string, match[2] as MatchOperator, unquoteLoosely(written));
}

/** A pattern would look at each space again for each space before it. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && '\t\n\f\r '.includes(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** Only `\\`, `\"` and `\n` are escapes; any other backslash stands for itself. */
function unquoteLoosely(written: string): string {
  const isQuoted = written.startsWith('"');
  const raw = isQuoted ? written.slice(1) : written;
  let closed = !isQuoted;
  let value = '';
  for (let at = 0; at < raw.length; at++) {
    const c = raw[at] as string;
    const isLast = at === raw.length - 1;
    if (c === '\\' && !isLast) {
      const next = raw[++at] as string;
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`;
    } else if (c === '"') {
      if (closed || !isLast) throw matcherFault(`matcher value contains unescaped double quote: ${written}`);
      closed = true;
    } else {
      value += c;
    }
  }
  if (!closed) throw matcherFault(`matcher value contains unescaped double quote: ${written}`);
  return value;
}
