/**
 * Patterns in templates and groups: `{n}`, `{n:03}` (with leading zeros), `{n+100}`, `{10.1.0.10+n}` (the n-th IPv4 address after it), and
 * the camera's own words `{id}`, `{name}`, `{address}`, `{site}`, … Anything else in braces is itself, and so is `{n}` in double braces.
 */
const PLACEHOLDER =
  /\{\{([a-z_][a-z0-9_]{0,30}|n[+-]\d{1,9}(?::0\d{1,2})?|n:0\d{1,2}|\d{1,3}(?:\.\d{1,3}){3}[+]n)\}\}|\{([a-z_][a-z0-9_]{0,30}|n[+-]\d{1,9}(?::0\d{1,2})?|n:0\d{1,2}|\d{1,3}(?:\.\d{1,3}){3}[+]n)\}/g;

export interface Words {
  readonly n: number | undefined;
  word(name: string): string | undefined;
}

export function hasPlaceholder(raw: unknown): boolean {
  if (typeof raw === 'string') return raw.includes('{') && raw.search(PLACEHOLDER) !== -1;
  if (typeof raw !== 'object' || raw === null) return false;
  return Object.values(raw).some(hasPlaceholder);
}

/** The value with its placeholders filled; `missing` is told of each that has no value. */
export function filled(raw: unknown, words: Words, missing: (name: string) => void): unknown {
  if (typeof raw === 'string') {
    if (!raw.includes('{')) return raw;
    return raw.replace(PLACEHOLDER, (whole, literal: string | undefined, name: string) => {
      if (literal !== undefined) return `{${literal}}`;
      const value = valueOf(name, words);
      if (value === undefined) missing(name);
      return value ?? whole;
    });
  }
  if (Array.isArray(raw)) return raw.map((one) => filled(one, words, missing));
  if (typeof raw !== 'object' || raw === null) return raw;
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, filled(value, words, missing)]));
}

/** The value as a file must have it, so that nothing in it is taken for a placeholder. */
export function withLiteralBraces(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('{') ? value.replace(SINGLE, '{$&}') : value;
  if (Array.isArray(value)) return value.map(withLiteralBraces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withLiteralBraces(one)]));
}
const SINGLE = /\{(?:[a-z_][a-z0-9_]{0,30}|n[+-]\d{1,9}(?::0\d{1,2})?|n:0\d{1,2}|\d{1,3}(?:\.\d{1,3}){3}[+]n)\}/g;

function valueOf(name: string, { n, word }: Words): string | undefined {
  const counted = /^n([+-]\d+)?(?::0(\d+))?$/.exec(name);
  if (counted) {
    if (n === undefined) return undefined;
    const value = n + Number(counted[1] ?? 0);
    return counted[2] === undefined ? String(value) : String(value).padStart(Number(counted[2]), '0');
  }
  const address = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\+n$/.exec(name);
  if (!address) return word(name);
  if (n === undefined) return undefined;
  const parts = address.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  const sum = parts.reduce((all, part) => all * 256 + part, 0) + n;
  if (sum < 0 || sum >= 2 ** 32) return undefined;
  return [sum / 2 ** 24, sum / 2 ** 16, sum / 2 ** 8, sum].map((part) => Math.floor(part) % 256).join('.');
}
