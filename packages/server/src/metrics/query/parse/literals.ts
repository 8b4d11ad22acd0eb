import { parseDuration } from '../../../base/units.ts';

/**
 * A byte that is no valid UTF-8 (`"\xc5"`) is kept as the lone surrogate U+DC00 + byte, so that it can be shown again and never
 * equals a real label value.
 */
const INVALID_BYTE_BASE = 0xdc00;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
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

/** The value of a string literal with Go's escapes; undefined when it is not closed or an escape is wrong. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0];
  if (literal.length < 2 || literal[literal.length - 1] !== quote) return undefined;
  const body = literal.slice(1, -1);
  if (quote === '`') return body.includes('`') ? undefined : body;
  if (body.includes('\n')) return undefined;
  if (!body.includes('\\')) return body;
  let text = '';
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) text += decodeBytes(bytes);
    bytes = [];
  };
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    if (char !== '\\') {
      flush();
      text += char;
      continue;
    }
    const kind = body[++i];
    if (kind === undefined) return undefined;
    const simple = SIMPLE_ESCAPES[kind];
    if (simple !== undefined) {
      if ((kind === '"' || kind === "'") && kind !== quote) return undefined;
      flush();
      text += simple;
      continue;
    }
    const digits = kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : 3;
    const octal = kind >= '0' && kind <= '7';
    if (!octal && kind !== 'x' && kind !== 'u' && kind !== 'U') return undefined;
    const code = body.slice(octal ? i : i + 1, (octal ? i : i + 1) + digits);
    if (code.length !== digits || !(octal ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(code)) return undefined;
    const value = Number.parseInt(code, octal ? 8 : 16);
    i += octal ? digits - 1 : digits;
    if (kind === 'u' || kind === 'U') {
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return undefined;
      flush();
      text += String.fromCodePoint(value);
    } else {
      if (value > 0xff) return undefined;
      bytes.push(value);
    }
  }
  flush();
  return text;
}

function decodeBytes(bytes: readonly number[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return bytes.map((byte) => String.fromCharCode(byte < 0x80 ? byte : INVALID_BYTE_BASE + byte)).join('');
  }
}

/** True when the text holds no byte that was invalid UTF-8. */
export function isValidUtf8(text: string): boolean {
  // With the u flag this range matches lone surrogates only.
  return !/[\ud800-\udfff]/u.test(text);
}

/** A double-quoted literal as Go's %q writes it. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (code >= INVALID_BYTE_BASE + 0x80 && code <= INVALID_BYTE_BASE + 0xff)
      out += `\\x${(code - INVALID_BYTE_BASE).toString(16)}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\t') out += '\\t';
    else if (char === '\r') out += '\\r';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else out += char;
  }
  return `${out}"`;
}

/** A number or duration literal without sign; seconds for durations; undefined when it is none. */
export function parseNumber(text: string): { readonly value: number; readonly duration: boolean } | undefined {
  const lower = text.toLowerCase();
  if (lower === 'inf') return { value: Infinity, duration: false };
  if (lower === 'nan') return { value: NaN, duration: false };
  const plain = text.replaceAll('_', '');
  if (/^0x[0-9a-f]+$/i.test(plain)) return { value: Number(plain), duration: false };
  // A leading zero makes Go read an octal number: 0755.
  if (/^0[0-7]+$/.test(plain)) return { value: Number.parseInt(plain, 8), duration: false };
  if (/^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(plain)) return { value: Number(plain), duration: false };
  const ms = parseDuration(text);
  return ms === undefined ? undefined : { value: ms / 1000, duration: true };
}
