/** Numbers as metrics pages write them: decimal text, `NaN`, `Inf` in any case. Hexadecimal and `_` are refused, as in Prometheus. */

// One way to match only: a long run of digits must not be tried in every split.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const NOT_A_NUMBER = /^nan$/i;

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const EXPONENT_EXACT_MAX = 22;
/** Integers of so many digits are exact in a double. */
const DIGITS_EXACT_MAX = 15;

const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const BIG_E = 69;
const SMALL_E = 101;

/** The number at the front of a text; one reader is reused for all lines, so that the common case allocates nothing. */
export class NumberReader {
  value = 0;
  /** First offset after the token. */
  end = 0;

  /** Reads the token at `start`, which ends at a blank or line end; false when it is not a number. */
  read(text: string, start: number): boolean {
    let at = start;
    let code = text.charCodeAt(at);
    const negative = code === MINUS;
    if (negative || code === PLUS) code = text.charCodeAt(++at);
    let mantissa = 0;
    let digits = 0;
    let seen = 0;
    let exponent = 0;
    while (code >= ZERO && code <= NINE) {
      mantissa = mantissa * 10 + (code - ZERO);
      if (mantissa > 0) digits++;
      seen++;
      code = text.charCodeAt(++at);
    }
    if (code === DOT) {
      code = text.charCodeAt(++at);
      while (code >= ZERO && code <= NINE) {
        mantissa = mantissa * 10 + (code - ZERO);
        if (mantissa > 0) digits++;
        seen++;
        exponent--;
        code = text.charCodeAt(++at);
      }
    }
    if (seen > 0 && (code === SMALL_E || code === BIG_E)) {
      code = text.charCodeAt(++at);
      const negativeExponent = code === MINUS;
      if (negativeExponent || code === PLUS) code = text.charCodeAt(++at);
      let written = 0;
      let any = false;
      while (code >= ZERO && code <= NINE) {
        any = true;
        if (written < 10_000) written = written * 10 + (code - ZERO);
        code = text.charCodeAt(++at);
      }
      if (!any) return this.#readToken(text, start);
      exponent += negativeExponent ? -written : written;
    }
    // Both operands exact and one rounding: the same double as any correct parser finds.
    if (
      seen > 0 &&
      isTokenEnd(code) &&
      digits <= DIGITS_EXACT_MAX &&
      exponent >= -EXPONENT_EXACT_MAX &&
      exponent <= EXPONENT_EXACT_MAX
    ) {
      const power = POWERS_OF_TEN[exponent < 0 ? -exponent : exponent] as number;
      const magnitude = exponent < 0 ? mantissa / power : mantissa * power;
      this.value = negative ? -magnitude : magnitude;
      this.end = at;
      return true;
    }
    return this.#readToken(text, start);
  }

  #readToken(text: string, start: number): boolean {
    let end = start;
    while (!isTokenEnd(text.charCodeAt(end))) end++;
    const token = text.slice(start, end);
    this.end = end;
    if (DECIMAL.test(token)) this.value = Number(token);
    else if (INFINITE.test(token)) this.value = token.startsWith('-') ? -Infinity : Infinity;
    else if (NOT_A_NUMBER.test(token)) this.value = NaN;
    else return false;
    return true;
  }
}

/** Blank, line end, or the end of the text (whose code is NaN). */
export function isTokenEnd(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13 || Number.isNaN(code);
}
