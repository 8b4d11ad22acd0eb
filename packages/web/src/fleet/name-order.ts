/** Longer numbers are no numbers to people. */
const DIGITS_MAX = 12;

/**
 * A key that puts names in order when keys are compared as they are: numbers by their value, letters without regard to case. A collator takes
 * ten times as long for five thousand names.
 */
export function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.padStart(DIGITS_MAX, '0'));
}

export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
