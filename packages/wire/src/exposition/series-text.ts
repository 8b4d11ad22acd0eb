import { errorAt, found } from './exposition-error.ts';

/** The part of a sample line before its value: `name{label="value",…}` or, with quoted names, `{"name",label="value"}`. */

const START = 1;
const DIGIT = 2;
const COLON = 4;
const CLASSES = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  CLASSES[code] = /[a-zA-Z_]/.test(char) ? START : /[0-9]/.test(char) ? DIGIT : char === ':' ? COLON : 0;
}

const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const LINE_FEED = 10;

const classOf = (code: number): number => CLASSES[code] ?? 0;

export const METRIC_NAME = '__name__';

/** First offset that is not a blank. */
export function skipBlanks(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code === 32 || code === 9; code = text.charCodeAt(at)) at++;
  return at;
}

/** End of the classic metric name at `start`, or `start` when none stands there. */
export function scanMetricName(text: string, start: number): number {
  if ((classOf(text.charCodeAt(start)) & (START | COLON)) === 0) return start;
  let at = start + 1;
  while (classOf(text.charCodeAt(at)) !== 0) at++;
  return at;
}

/**
 * Checks the series text at `start` and returns its end. With `pairs`, also collects name, value, name, value, … in the
 * order written, the metric name first or where it stands, values unescaped.
 */
export function scanSeries(text: string, start: number, pairs?: string[]): number {
  const nameEnd = scanMetricName(text, start);
  const named = nameEnd > start;
  if (named) pairs?.push(METRIC_NAME, text.slice(start, nameEnd));
  const braces = skipBlanks(text, nameEnd);
  if (text.charCodeAt(braces) === OPEN) return scanLabels(text, braces, named, pairs);
  if (!named)
    throw errorAt(
      text,
      start,
      `expected a metric name, found ${found(text, start)}; a line is name{label="value"} value`,
    );
  return nameEnd;
}

/** Checks `{…}` at `start` and returns the offset after it. A quoted word without `=` is the metric name, unless `named`. */
export function scanLabels(text: string, start: number, named: boolean, pairs?: string[]): number {
  let hasName = named;
  let at = start + 1;
  for (;;) {
    at = skipBlanks(text, at);
    const code = text.charCodeAt(at);
    if (code === CLOSE) return at + 1;
    let nameEnd: number;
    const quoted = code === QUOTE;
    if (quoted) {
      nameEnd = scanQuoted(text, at, 'name');
    } else {
      if (classOf(code) !== START) {
        throw errorAt(
          text,
          at,
          `expected a label name or "}", found ${found(text, at)}; names with other characters go in quotes`,
        );
      }
      nameEnd = at + 1;
      while ((classOf(text.charCodeAt(nameEnd)) & (START | DIGIT)) !== 0) nameEnd++;
    }
    const nameStart = at;
    at = skipBlanks(text, nameEnd);
    if (text.charCodeAt(at) === EQUALS) {
      const valueStart = skipBlanks(text, at + 1);
      if (text.charCodeAt(valueStart) !== QUOTE) {
        throw errorAt(text, valueStart, `expected a label value in double quotes, found ${found(text, valueStart)}`);
      }
      at = scanQuoted(text, valueStart, 'value');
      if (pairs) {
        const name = quoted ? unescape(text, nameStart + 1, nameEnd - 1) : text.slice(nameStart, nameEnd);
        if (name === '') throw errorAt(text, nameStart, 'a label name cannot be empty');
        pairs.push(name, unescape(text, valueStart + 1, at - 1));
      }
    } else if (quoted && !hasName) {
      hasName = true;
      pairs?.push(METRIC_NAME, unescape(text, nameStart + 1, nameEnd - 1));
    } else {
      throw errorAt(text, at, `expected "=" after the label name, found ${found(text, at)}`);
    }
    at = skipBlanks(text, at);
    const separator = text.charCodeAt(at);
    if (separator === CLOSE) return at + 1;
    if (separator !== COMMA)
      throw errorAt(
        text,
        at,
        `expected "," or "}" after a label, found ${found(text, at)}; a quote inside a value is written \\"`,
      );
    at++;
  }
}

/** Offset after the closing quote of the text that opens at `start`. */
export function scanQuoted(text: string, start: number, what: 'name' | 'value'): number {
  for (let at = start + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
    if (code === LINE_FEED || at >= text.length || (code === BACKSLASH && text.charCodeAt(at) === LINE_FEED)) {
      throw errorAt(
        text,
        start,
        `the label ${what} that starts here has no closing quote; a line feed inside is written \\n`,
      );
    }
  }
}

/** Without escapes; an unknown one stays as it is written, as in Prometheus. */
export function unescape(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  return raw.includes('\\') ? raw.replace(/\\([\\"n])/g, (_, char: string) => (char === 'n' ? '\n' : char)) : raw;
}

/**
 * Label pairs of the series text at `start` of a page, as name, value, name, value, … in the order written, `__name__`
 * among them. Throws ExpositionError when it is malformed, has no metric name, or names a label twice.
 */
export function parseSeriesText(text: string, start = 0): string[] {
  const pairs: string[] = [];
  scanSeries(text, start, pairs);
  let named = false;
  for (let i = 0; i < pairs.length; i += 2) {
    named ||= pairs[i] === METRIC_NAME && pairs[i + 1] !== '';
    for (let j = i + 2; j < pairs.length; j += 2) {
      if (pairs[i] === pairs[j])
        throw errorAt(text, start, `label name "${pairs[i]}" is not unique in this series; keep one`);
    }
  }
  if (!named)
    throw errorAt(
      text,
      start,
      'the series has no metric name; write it before the braces, or quoted as the first word inside',
    );
  return pairs;
}
