import { SourceFault } from './source-fault.ts';

/** Deeper than any answer of the servers that are read. */
const DEPTH_MAX = 32;
/** Values of one answer: a thousand cameras with a hundred figures each, and as much again. */
const VALUES_MAX = 400_000;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/**
 * JSON of a source that may be hostile: depth and number of values are counted before anything is built. Throws SourceFault `protocol`
 * or `too_large`; `what` names the source in the message.
 */
export function parseBoundedJson(bytes: Uint8Array, what: string): unknown {
  let depth = 0;
  let values = 1;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inText = false;
      continue;
    }
    if (byte === QUOTE) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > DEPTH_MAX) throw new SourceFault('protocol', `${what}: JSON nested deeper than ${DEPTH_MAX}`);
      values++;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === COMMA && ++values > VALUES_MAX)
      throw new SourceFault('too_large', `${what}: JSON of more than ${VALUES_MAX} values`);
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The parser's message quotes the text, which may hold a stream address with its password.
    throw new SourceFault('protocol', `${what}: the answer is not JSON`);
  }
}

/** Of `{…}` only; `undefined` for anything else, and for names that objects inherit. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
    return undefined;
  return (value as Record<string, unknown>)[name];
}

/** The first of several names of one thing that is there. */
export function anyField(value: unknown, names: readonly string[]): unknown {
  for (const name of names) {
    const found = field(value, name);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

export function entries(value: unknown, most: number): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).slice(0, most);
}

export function list(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

/** A finite number, also written as text (`"12.5"`). */
export function figure(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' && value.length <= 32 ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Not negative; counters are never anything else. */
export function count(value: unknown): number | undefined {
  const number = figure(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

const PERCENT = /^\s*(\d{1,9}(?:\.\d{1,9})?)\s*%?\s*$/;

/** `12`, `"12.0%"` or `"12.0 %"` as 12; `""`, `"-"`, `"N/A"` and the like as undefined. */
export function percentage(value: unknown): number | undefined {
  if (typeof value === 'number') return count(value);
  const match = typeof value === 'string' ? PERCENT.exec(value.slice(0, 64)) : null;
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

const LABEL_MAX = 256;

/** Fit for a label: at most 256 characters. */
export function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= LABEL_MAX ? value : undefined;
}
