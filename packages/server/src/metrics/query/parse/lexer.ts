import { quote } from './literals.ts';
import type { Span } from './ast.ts';

/**
 * The words and signs of a query. `type` is the sign or the keyword itself in lower case (`(`, `==`, `sum`, `group_left`), or one of the
 * capitalised classes; `Error` carries a message and is always the last token.
 */
export interface Token extends Span {
  readonly type: string;
  readonly text: string;
}

export const AGGREGATORS: ReadonlySet<string> = new Set(
  'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio'.split(' '),
);
const WORD_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2']);
const KEYWORDS: ReadonlySet<string> = new Set(
  'offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool'.split(' '),
);
/** Calls that have a meaning inside durations as well. */
const DURATION_CALLS: ReadonlySet<string> = new Set(['step', 'range', 'min_of', 'max_of']);
const CALLS: ReadonlySet<string> = new Set(['start', 'end', ...DURATION_CALLS]);
/** Keywords only in front of a parenthesis, so that metrics of these names stay what they are. */
const FILLS: ReadonlySet<string> = new Set(['fill', 'fill_left', 'fill_right']);

/** All tokens of the query, the last one being `End` or `Error`; comments and spaces are left out. Linear in the length. */
export function tokenize(query: string): readonly Token[] {
  return new Lexer(query).run();
}

/** The token as Prometheus names it in an error. */
export function describe(token: Token): string {
  const { type, text } = token;
  if (type === 'End') return 'end of input';
  if (type === 'Identifier') return `identifier ${quote(text)}`;
  if (type === 'MetricIdentifier') return `metric identifier ${quote(text)}`;
  if (KEYWORDS.has(type)) return `<${text}>`;
  if (AGGREGATORS.has(type)) return `<aggr:${text}>`;
  if (WORD_OPERATORS.has(type) || OPERATOR_SIGNS.has(type)) return `<op:${text}>`;
  const short = [...text].length > 10 ? `${quote([...text].slice(0, 10).join(''))}...` : quote(text);
  if (type === 'String') return `string ${short}`;
  if (type === 'Number') return `number ${short}`;
  if (type === 'Duration') return `duration ${short}`;
  return short;
}

const OPERATOR_SIGNS: ReadonlySet<string> = new Set([
  '+',
  '/',
  '==',
  '=~',
  '>=',
  '>',
  '</',
  '>/',
  '<',
  '<=',
  '%',
  '*',
  '!=',
  '!~',
  '^',
  '-',
  '@',
]);

type Mode = 'statements' | 'braces' | 'brackets';

class Lexer {
  readonly #query: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #mode: Mode = 'statements';
  #parens = 0;
  #colon = false;
  #failed = false;

  constructor(query: string) {
    this.#query = query;
  }

  run(): readonly Token[] {
    while (!this.#failed && this.#tokens.at(-1)?.type !== 'End') this.#next();
    return this.#tokens;
  }

  #emit(type: string, end: number): void {
    this.#tokens.push({ type, text: this.#query.slice(this.#at, end), start: this.#at, end });
    this.#at = end;
  }

  #fail(message: string, start = this.#at): void {
    this.#tokens.push({ type: 'Error', text: message, start, end: this.#query.length });
    this.#failed = true;
  }

  #next(): void {
    this.#skipSpaces();
    const query = this.#query;
    if (this.#at >= query.length) {
      if (this.#mode === 'braces') this.#fail('unexpected end of input inside braces');
      else if (this.#mode === 'brackets') this.#fail('unexpected end of input in duration expression');
      else if (this.#parens > 0) this.#fail('unclosed left parenthesis');
      else this.#emit('End', this.#at);
      return;
    }
    const char = query[this.#at] as string;
    if ((char === '"' || char === "'" || char === '`') && this.#mode !== 'brackets') this.#string(char);
    else if (this.#mode === 'braces') this.#insideBraces(char);
    else if (this.#mode === 'brackets') this.#insideBrackets(char);
    else this.#statement(char);
  }

  #skipSpaces(): void {
    const query = this.#query;
    for (;;) {
      while (this.#at < query.length && isSpace(query.charCodeAt(this.#at))) this.#at++;
      if (query[this.#at] !== '#' || this.#mode === 'brackets') return;
      while (this.#at < query.length && query[this.#at] !== '\n' && query[this.#at] !== '\r') this.#at++;
    }
  }

  #statement(char: string): void {
    const query = this.#query;
    const following = query[this.#at + 1];
    const code = char.charCodeAt(0);
    if (isDigit(code) || (char === '.' && following !== undefined && isDigit(following.charCodeAt(0)))) {
      this.#number();
    } else if (isAlpha(code) || char === ':') {
      this.#word();
    } else if (char === '=' && following === '~') {
      this.#fail(`unexpected character after '=': '~'`);
    } else if (char === '!' && following !== '=') {
      this.#fail(`unexpected character after '!': ${quotedRune(this.#rune(this.#at + 1))}`);
    } else if ((char === '=' || char === '!' || char === '<' || char === '>') && following === '=') {
      this.#emit(char + following, this.#at + 2);
    } else if ((char === '<' || char === '>') && following === '/') {
      this.#emit(char + following, this.#at + 2);
    } else if ('+-*/%^,=<>@'.includes(char)) {
      this.#emit(char, this.#at + 1);
    } else if (char === '(') {
      this.#emit(char, this.#at + 1);
      this.#parens++;
    } else if (char === ')') {
      if (--this.#parens < 0) this.#fail("unexpected right parenthesis ')'");
      else this.#emit(char, this.#at + 1);
    } else if (char === '{') {
      this.#emit(char, this.#at + 1);
      this.#mode = 'braces';
    } else if (char === '[') {
      this.#emit(char, this.#at + 1);
      this.#mode = 'brackets';
      this.#colon = false;
    } else if (char === ']') {
      this.#fail("unexpected right bracket ']'");
    } else {
      this.#fail(`unexpected character: ${quotedRune(this.#rune(this.#at))}`);
    }
  }

  #insideBraces(char: string): void {
    const following = this.#query[this.#at + 1];
    if (isAlpha(char.charCodeAt(0))) {
      this.#emit('Identifier', this.#wordEnd(false));
    } else if (char === ',') {
      this.#emit(char, this.#at + 1);
    } else if (char === '=' || char === '!') {
      if (following === '~' || (char === '!' && following === '=')) this.#emit(char + following, this.#at + 2);
      else if (char === '=') this.#emit(char, this.#at + 1);
      else this.#fail(`unexpected character after '!' inside braces: ${quotedRune(this.#rune(this.#at + 1))}`);
    } else if (char === '{') {
      this.#fail("unexpected left brace '{'");
    } else if (char === '}') {
      this.#emit(char, this.#at + 1);
      this.#mode = 'statements';
    } else {
      this.#fail(`unexpected character inside braces: ${quotedRune(this.#rune(this.#at))}`);
    }
  }

  #insideBrackets(char: string): void {
    const following = this.#query[this.#at + 1];
    const code = char.charCodeAt(0);
    if (isDigit(code) || (char === '.' && following !== undefined && isDigit(following.charCodeAt(0)))) {
      this.#number();
    } else if (char === ']') {
      this.#emit(char, this.#at + 1);
      this.#mode = 'statements';
    } else if (char === ':') {
      const duration = this.#tokens.at(-1)?.type !== '[';
      if (!duration) this.#fail('unexpected colon before duration in duration expression');
      else if (this.#colon) this.#fail("unexpected colon ':'");
      else this.#emit(char, this.#at + 1);
      this.#colon = true;
    } else if ('+-*/%^,'.includes(char)) {
      this.#emit(char, this.#at + 1);
    } else if (char === '(') {
      this.#emit(char, this.#at + 1);
      this.#parens++;
    } else if (char === ')') {
      if (--this.#parens < 0) this.#fail("unexpected right parenthesis ')'");
      else this.#emit(char, this.#at + 1);
    } else if (char === '[') {
      this.#fail("unexpected left bracket '['");
    } else {
      const end = isAlpha(code) ? this.#wordEnd(false) : this.#at;
      const word = this.#query.slice(this.#at, end).toLowerCase();
      if (DURATION_CALLS.has(word)) this.#emit(word, end);
      else if (end > this.#at && this.#tokens.at(-1)?.type !== '[')
        this.#fail(`unexpected character: ${quotedRune(char)}, expected ':'`);
      else this.#fail(`unexpected character in duration expression: ${quotedRune(this.#rune(this.#at))}`);
    }
  }

  /** End of the run of letters, digits and underscores (and colons) at the current place. */
  #wordEnd(colons: boolean): number {
    const query = this.#query;
    let end = this.#at;
    while (end < query.length) {
      const code = query.charCodeAt(end);
      if (!isAlpha(code) && !isDigit(code) && !(colons && code === COLON)) break;
      end++;
    }
    return end;
  }

  #word(): void {
    const end = this.#wordEnd(true);
    const word = this.#query.slice(this.#at, end).toLowerCase();
    if (word === 'inf' || word === 'nan') this.#emit('Number', end);
    else if (FILLS.has(word)) this.#emit(this.#opensParen(end) ? word : 'Identifier', end);
    else if (AGGREGATORS.has(word) || WORD_OPERATORS.has(word) || KEYWORDS.has(word) || CALLS.has(word))
      this.#emit(word, end);
    else this.#emit(word.includes(':') ? 'MetricIdentifier' : 'Identifier', end);
  }

  #opensParen(from: number): boolean {
    let at = from;
    while (at < this.#query.length && isSpace(this.#query.charCodeAt(at))) at++;
    return this.#query[at] === '(';
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#query)?.[0];
    if (number !== undefined) return this.#emit('Number', this.#at + number.length);
    DURATION.lastIndex = this.#at;
    const duration = DURATION.exec(this.#query)?.[0];
    if (duration !== undefined) return this.#emit('Duration', this.#at + duration.length);
    BROKEN_NUMBER.lastIndex = this.#at;
    const end = this.#at + (BROKEN_NUMBER.exec(this.#query)?.[0].length ?? 1);
    this.#fail(`bad number or duration syntax: ${quote(this.#query.slice(this.#at, end))}`);
  }

  #string(delimiter: string): void {
    const query = this.#query;
    for (let i = this.#at + 1; i < query.length; i++) {
      const char = query[i];
      if (char === delimiter) return this.#emit('String', i + 1);
      if (delimiter === '`') continue;
      if (char === '\n') return this.#fail('unterminated quoted string');
      if (char !== '\\') continue;
      const escape = readEscape(query, i + 1, delimiter);
      if (escape.fault !== undefined) return this.#fail(escape.fault);
      i = escape.end - 1;
    }
    this.#fail(delimiter === '`' ? 'unterminated raw string' : 'unterminated quoted string');
  }

  #rune(at: number): string | undefined {
    const code = this.#query.codePointAt(at);
    return code === undefined ? undefined : String.fromCodePoint(code);
  }
}

const COLON = 58;
/** Decimal with underscores between digits, exponent; or hexadecimal. What follows must not be part of a word. */
const NUMBER =
  /(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?)(?![0-9A-Za-z_.])/y;
const BROKEN_NUMBER = /\d[\d_]*\.?[\d_]*(?:\.|\w+)?|\.\w*/y;
const DURATION = /\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdw]))*(?![0-9A-Za-z_])/y;

function readEscape(query: string, at: number, delimiter: string): { readonly end: number; readonly fault?: string } {
  const kind = query[at];
  if (kind === undefined) return { end: at, fault: 'escape sequence not terminated' };
  if ('abfnrtv\\'.includes(kind) || kind === delimiter) return { end: at + 1 };
  const octal = kind >= '0' && kind <= '7';
  const count = octal ? 3 : kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : 0;
  const rune = (index: number): string => String.fromCodePoint(query.codePointAt(index) ?? 0);
  if (count === 0) return { end: at, fault: `unknown escape sequence ${namedRune(rune(at))}` };
  const from = octal ? at : at + 1;
  for (let i = from; i < from + count; i++) {
    const digit = query[i];
    if (digit === undefined) return { end: i, fault: 'escape sequence not terminated' };
    if (!(octal ? /[0-7]/ : /[0-9a-fA-F]/).test(digit))
      return { end: i, fault: `illegal character ${namedRune(rune(i))} in escape sequence` };
  }
  const value = Number.parseInt(query.slice(from, from + count), octal ? 8 : 16);
  const largest = octal || kind === 'x' ? 255 : 0x10ffff;
  if (value > largest || (value >= 0xd800 && value < 0xe000))
    return { end: at, fault: 'escape sequence is an invalid Unicode code point' };
  return { end: from + count };
}

/** As Go's %#U: `U+0024 '$'`. */
function namedRune(rune: string): string {
  return `U+${(rune.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${rune}'`;
}

/** As Go's %q of a rune; the end of the input is no rune. */
function quotedRune(rune: string | undefined): string {
  if (rune === undefined) return "'\\uffff'";
  if (rune === "'") return "'\\''";
  return `'${quote(rune).slice(1, -1).replace('\\"', '"')}'`;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAlpha(code: number): boolean {
  return code === 95 || (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}
