import { templateFault } from './fault.ts';
import type { TemplateSource } from './syntax.ts';

/** Tokens of Go's text/template. Spec: https://pkg.go.dev/text/template. */
export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'word'
  | 'field'
  | 'variable'
  | 'number'
  | 'string'
  | 'char'
  | 'dot'
  | 'declare'
  | 'assign'
  | 'pipe'
  | 'leftParen'
  | 'rightParen'
  | 'comma'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Source text; of strings and characters the decoded value, of fields the name without its dot. */
  readonly text: string;
  readonly offset: number;
  /** White space stood before it: `.A.B` is one chain, `.A .B` are two operands. */
  readonly spaced: boolean;
}

const SPACE = ' \t\r\n';
const WORD = /[\p{L}\p{Nd}_]*/uy;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*\.)/y;

export function lex(source: TemplateSource): readonly Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const end = open === -1 ? text.length : open;
    let literal = text.slice(at, end);
    const trimBefore = open !== -1 && text[open + 2] === '-' && SPACE.includes(text[open + 3] ?? 'x');
    if (trimBefore) literal = trimEnd(literal);
    if (literal !== '') tokens.push({ kind: 'text', text: literal, offset: at, spaced: false });
    if (open === -1) break;
    let inside = open + (trimBefore ? 3 : 2);
    const content = skipSpace(text, inside);
    if (text.startsWith('/*', trimBefore ? content : inside)) {
      at = skipComment(source, open, trimBefore ? content : inside);
      continue;
    }
    tokens.push({ kind: 'open', text: '{{', offset: open, spaced: false });
    inside = lexAction(source, open, inside, tokens);
    at = inside;
  }
  tokens.push({ kind: 'end', text: '', offset: text.length, spaced: false });
  return tokens;
}

/** Reads to the closing braces and returns where the following text begins, trimmed when they ask for it. */
function lexAction(source: TemplateSource, open: number, from: number, tokens: Token[]): number {
  const { text } = source;
  let at = from;
  for (;;) {
    const start = at;
    at = skipSpace(text, at);
    const spaced = at > start;
    if (at >= text.length) throw templateFault(source, open, 'unclosed action: "}}" is missing');
    const push = (kind: TokenKind, value: string, length: number): void => {
      tokens.push({ kind, text: value, offset: at, spaced });
      at += length;
    };
    if (spaced && text.startsWith('-}}', at)) {
      tokens.push({ kind: 'close', text: '}}', offset: at, spaced });
      return skipSpace(text, at + 3);
    }
    if (text.startsWith('}}', at)) {
      tokens.push({ kind: 'close', text: '}}', offset: at, spaced });
      return at + 2;
    }
    const c = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (c === '"') {
      const { value, length } = readQuoted(source, at, '"');
      push('string', value, length);
    } else if (c === '`') {
      const close = text.indexOf('`', at + 1);
      if (close === -1) throw templateFault(source, at, 'unterminated raw string');
      push('string', text.slice(at + 1, close).replaceAll('\r', ''), close - at + 1);
    } else if (c === "'") {
      const { value, length } = readQuoted(source, at, "'");
      if ([...value].length !== 1) throw templateFault(source, at, 'a character constant holds exactly one character');
      push('char', value, length);
    } else if (text.startsWith(':=', at)) push('declare', ':=', 2);
    else if (c === '=') push('assign', '=', 1);
    else if (c === '|') push('pipe', '|', 1);
    else if (c === '(') push('leftParen', '(', 1);
    else if (c === ')') push('rightParen', ')', 1);
    else if (c === ',') push('comma', ',', 1);
    else if (
      /\d/.test(c) ||
      ((c === '+' || c === '-' || c === '.') && /[\d.]/.test(next) && /\d/.test(text.slice(at + 1, at + 3)))
    ) {
      const number = matchAt(NUMBER, text, at);
      const after = text[at + number.length] ?? '';
      if (number === '' || /[\p{L}\p{Nd}_]/u.test(after))
        throw templateFault(source, at, `bad number: "${number}${after}"`);
      push('number', number, number.length);
    } else if (c === '.') {
      const name = matchAt(WORD, text, at + 1);
      if (name === '') push('dot', '.', 1);
      else push('field', name, name.length + 1);
    } else if (c === '$') {
      const name = matchAt(WORD, text, at + 1);
      push('variable', `$${name}`, name.length + 1);
    } else {
      const word = matchAt(WORD, text, at);
      if (word === '') throw templateFault(source, at, `unexpected character "${c}" in an action`);
      push('word', word, word.length);
    }
  }
}

function skipComment(source: TemplateSource, open: number, from: number): number {
  const { text } = source;
  const close = text.indexOf('*/', from);
  if (close === -1) throw templateFault(source, open, 'unclosed comment');
  const after = close + 2;
  if (text.startsWith('}}', after)) return after + 2;
  const spaced = skipSpace(text, after);
  if (spaced > after && text.startsWith('-}}', spaced)) return skipSpace(text, spaced + 3);
  throw templateFault(source, open, 'a comment must end its action: "*/}}"');
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function readQuoted(
  source: TemplateSource,
  start: number,
  quote: string,
): { readonly value: string; readonly length: number } {
  const { text } = source;
  let value = '';
  let at = start + 1;
  for (;;) {
    const c = text[at];
    if (c === undefined || c === '\n') throw templateFault(source, start, 'unterminated quoted string');
    if (c === quote) return { value, length: at + 1 - start };
    if (c !== '\\') {
      value += c;
      at++;
      continue;
    }
    const code = text[at + 1] ?? '';
    const simple = ESCAPES[code];
    if (simple !== undefined) {
      value += simple;
      at += 2;
      continue;
    }
    const digits = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(
      text.slice(at + 1, at + 10),
    );
    const point = digits
      ? Number.parseInt(digits[1] ?? digits[2] ?? digits[3] ?? digits[4] ?? '', digits[4] ? 8 : 16)
      : -1;
    if (!digits || point < 0 || point > 0x10ffff) throw templateFault(source, at, 'invalid escape in a quoted string');
    value += String.fromCodePoint(point);
    at += 1 + digits[0].length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.includes(text[at] as string)) at++;
  return at;
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.includes(text[end - 1] as string)) end--;
  return text.slice(0, end);
}
