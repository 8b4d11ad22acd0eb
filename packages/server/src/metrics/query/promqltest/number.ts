import { parseNumber } from '../parse/literals.ts';

/** A number with an optional sign; undefined when the text is none. */
export function signedNumber(text: string): number | undefined {
  const negative = text.startsWith('-');
  const number = parseNumber(text.replace(/^[+-]/, ''));
  return number === undefined ? undefined : negative ? -number.value : number.value;
}
