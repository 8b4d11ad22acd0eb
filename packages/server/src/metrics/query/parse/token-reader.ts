import type { VedetteError } from '../../../base/errors.ts';
import { type Token, describe } from './lexer.ts';
import { parseError } from './parse-error.ts';
import { suggestFix } from './suggest-fix.ts';

/** A cursor over the tokens of a query. The lexer's own error is thrown where the parser comes upon it. */
export class TokenReader {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  /** End of the token taken last. */
  lastEnd = 0;

  constructor(query: string, tokens: readonly Token[]) {
    this.#query = query;
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
    if (token.type === 'Error' && ahead === 0) throw this.#lexical(token);
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.lastEnd = token.end;
    if (token.type !== 'End') this.#at++;
    return token;
  }

  /** The next token when it is of this type. */
  take(type: string): Token | undefined {
    return this.peek().type === type ? this.next() : undefined;
  }

  expect(type: string, context: string, expected: string): Token {
    return this.take(type) ?? this.#refuse(context, expected);
  }

  #refuse(context: string, expected: string): never {
    throw this.unexpected(context, expected);
  }

  /** The error that the next token does not belong here, in Prometheus' words. */
  unexpected(context = '', expected = ''): VedetteError {
    const token = this.peek();
    const where = context === '' ? '' : ` in ${context}`;
    const instead = expected === '' ? '' : `, expected ${expected}`;
    const fix = suggestFix(this.#query, this.#tokens);
    const details = fix === undefined ? {} : { fix };
    return parseError(this.#query, token, `unexpected ${describe(token)}${where}${instead}`, details);
  }

  #lexical(token: Token): VedetteError {
    const fix = suggestFix(this.#query, this.#tokens);
    return parseError(this.#query, token, token.text, fix === undefined ? {} : { fix });
  }
}
