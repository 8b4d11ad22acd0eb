const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, '"': 34 };

/** Hexadecimal digits after `\x`, `\u`, `\U`. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * What a Go string literal in double quotes stands for; undefined when it is none, or stands for bytes that are no UTF-8.
 * Source: The Go Programming Language Specification, "String literals".
 */
export function goUnquote(literal: string): string | undefined {
  if (literal.length < 2 || !literal.startsWith('"') || !literal.endsWith('"')) return undefined;
  const inside = literal.slice(1, -1);
  if (!/[\\"\n]/.test(inside)) return inside;
  const bytes: Buffer[] = [];
  for (let at = 0; at < inside.length;) {
    const next = inside.slice(at).search(/[\\"\n]/);
    const plain = next === -1 ? inside.slice(at) : inside.slice(at, at + next);
    bytes.push(Buffer.from(plain, 'utf8'));
    at += plain.length;
    if (at >= inside.length) break;
    const escape = readEscape(inside, at);
    if (!escape) return undefined;
    bytes.push(escape.bytes);
    at += escape.length;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes));
  } catch {
    return undefined;
  }
}

function readEscape(text: string, at: number): { readonly bytes: Buffer; readonly length: number } | undefined {
  const kind = text[at] === '\\' ? text[at + 1] : undefined;
  if (kind === undefined) return undefined;
  const simple = Object.hasOwn(SIMPLE, kind) ? SIMPLE[kind] : undefined;
  if (simple !== undefined) return { bytes: Buffer.of(simple), length: 2 };
  if (/[0-7]/.test(kind)) {
    const digits = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4))?.[0];
    return digits === undefined ? undefined : { bytes: Buffer.of(Number.parseInt(digits, 8)), length: 4 };
  }
  const count = Object.hasOwn(HEX_DIGITS, kind) ? HEX_DIGITS[kind] : undefined;
  if (count === undefined) return undefined;
  const digits = text.slice(at + 2, at + 2 + count);
  if (digits.length !== count || !/^[0-9A-Fa-f]+$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  if (kind === 'x') return { bytes: Buffer.of(code), length: 2 + count };
  if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { bytes: Buffer.from(String.fromCodePoint(code), 'utf8'), length: 2 + count };
}
