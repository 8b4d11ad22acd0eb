import type { MatchOperator, Matcher } from '../../model/matcher.ts';
import { goUnquote } from './go-unquote.ts';
import { buildMatcher, matcherFault } from './matcher-fault.ts';

type TokenKind = 'open' | 'close' | 'comma' | 'operator' | 'quoted' | 'unquoted';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Characters before it, and up to its end. */
  readonly from: number;
  readonly to: number;
}

const SPACE = /\s/u;
const RESERVED = /[\s{}!=~,\\"'`]/u;

/**
 * Matchers as Alertmanager reads them since 0.27: names and values of any characters, quoted where they hold reserved ones, in
 * braces or not. Throws ALERTMANAGER_INVALID with upstream's words, which count columns in characters. Source: Alertmanager,
 * matcher/parse.
 */
export function parseUtf8Matchers(text: string): readonly Matcher[] {
  const tokens = new Tokens(text);
  const matchers: Matcher[] = [];
  const isBraced = tokens.peek()?.kind === 'open';
  if (isBraced) tokens.take();
  while (tokens.peek() !== undefined && tokens.peek()?.kind !== 'close') {
    matchers.push(readMatcher(tokens));
    const after = tokens.peek();
    if (after === undefined || after.kind === 'close') break;
    if (after.kind !== 'comma') throw unexpected(after, 'expected a comma or close brace');
    tokens.take();
    const next = tokens.peek();
    if (next !== undefined && next.kind !== 'close' && next.kind !== 'quoted' && next.kind !== 'unquoted')
      throw unexpected(next, 'expected a matcher or close brace after comma');
  }
  endBraces(tokens, isBraced);
  const rest = tokens.take();
  if (rest) throw matcherFault(`${rest.from}:${rest.to}: ${rest.text}: expected end of input`);
  return matchers;
}

function readMatcher(tokens: Tokens): Matcher {
  const name = wordOf(tokens.expect(['quoted', 'unquoted'], 'expected label name'));
  const { text: operator } = tokens.expect(['operator'], "expected an operator such as '=', '!=', '=~' or '!~'");
  const value = wordOf(tokens.expect(['quoted', 'unquoted'], 'expected label value'));
  return buildMatcher(name, operator as MatchOperator, value, 'failed to create matcher: ');
}

function endBraces(tokens: Tokens, isBraced: boolean): void {
  const token = tokens.peek();
  if (token?.kind === 'close') {
    tokens.take();
    if (!isBraced) throw matcherFault(`0:${token.to}: }: expected opening brace`);
  } else if (isBraced) {
    const found = token === undefined ? 'end of input' : `${token.from}:${token.to}: unexpected ${token.text}`;
    throw matcherFault(`0:${tokens.column}: ${found}: expected close brace`);
  }
}

function wordOf({ kind, text, from, to }: Token): string {
  const word = kind === 'quoted' ? goUnquote(text) : text;
  if (word === undefined) throw matcherFault(`${from}:${to}: ${text}: invalid input`);
  return word;
}

function unexpected({ from, to, text }: Token, expected: string): Error {
  return matcherFault(`${from}:${to}: unexpected ${text}: ${expected}`);
}

/** Reads one token ahead. */
class Tokens {
  readonly #characters: readonly string[];
  #at = 0;
  #next: Token | undefined;
  #hasNext = false;

  constructor(text: string) {
    this.#characters = [...text];
  }

  /** Where the last token taken ended. */
  column = 0;

  peek(): Token | undefined {
    if (!this.#hasNext) {
      this.#next = this.#scan();
      this.#hasNext = true;
    }
    return this.#next;
  }

  take(): Token | undefined {
    const token = this.peek();
    this.#hasNext = false;
    if (token) this.column = token.to;
    return token;
  }

  expect(kinds: readonly TokenKind[], expected: string): Token {
    const token = this.take();
    if (!token) throw matcherFault(`end of input: ${expected}`);
    if (!kinds.includes(token.kind)) throw unexpected(token, expected);
    return token;
  }

  #scan(): Token | undefined {
    const all = this.#characters;
    while (this.#at < all.length && SPACE.test(all[this.#at] as string)) this.#at++;
    const from = this.#at;
    const c = all[from];
    if (c === undefined) return undefined;
    if (c === '{') return this.#token('open', from, from + 1);
    if (c === '}') return this.#token('close', from, from + 1);
    if (c === ',') return this.#token('comma', from, from + 1);
    if (c === '=') return this.#token('operator', from, all[from + 1] === '~' ? from + 2 : from + 1);
    if (c === '!') {
      if (all[from + 1] === '=' || all[from + 1] === '~') return this.#token('operator', from, from + 2);
      const found = from + 1 >= all.length ? 'unexpected end of input,' : '!:';
      throw matcherFault(`${from}:${from + 1}: ${found} expected one of '=~'`);
    }
    if (c === '"') return this.#quoted(from);
    if (RESERVED.test(c)) throw matcherFault(`${from}:${from + 1}: ${c}: invalid input`);
    let to = from + 1;
    while (to < all.length && !RESERVED.test(all[to] as string)) to++;
    return this.#token('unquoted', from, to);
  }

  #quoted(from: number): Token {
    const all = this.#characters;
    for (let to = from + 1; to < all.length; to++) {
      if (all[to] === '\\') to++;
      else if (all[to] === '"') return this.#token('quoted', from, to + 1);
    }
    throw matcherFault(`${from}:${all.length}: ${all.slice(from).join('')}: missing end "`);
  }

  #token(kind: TokenKind, from: number, to: number): Token {
    this.#at = to;
    return { kind, text: this.#characters.slice(from, to).join(''), from, to };
  }
}
