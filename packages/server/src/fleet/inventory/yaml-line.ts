/** `key :`, which nobody writes but YAML allows. */
const SPACED_KEY = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)\s+:(?=\s|$)/;
const QUOTED_KEY = /^(?:"([^"\\]*)"|'([^']*)')\s*:(?=\s|$)/;

export const SPACE = 32;
export const TAB = 9;
export const DASH = 45;
const COLON = 58;
export const HASH = 35;

export function firstOf(line: string): number {
  let i = 0;
  while (line.charCodeAt(i) === SPACE) i++;
  return i;
}

/** Behind the colon of a key: one of letters, digits and `_.-`, or one in quotes; -1 where there is none. */
export function keyEnd(line: string, start: number): number {
  let end = start;
  while (isKeyCode(line.charCodeAt(end))) end++;
  if (end > start && line.charCodeAt(start) === DASH) return -1;
  if (end > start && line.charCodeAt(end) === COLON) {
    const next = line.charCodeAt(end + 1);
    return Number.isNaN(next) || next === SPACE || next === TAB ? end + 1 : -1;
  }
  const first = line.charCodeAt(start);
  if (first !== 0x22 && first !== 0x27 && line.charCodeAt(end) !== SPACE) return -1;
  const rest = line.slice(start);
  const found = QUOTED_KEY.exec(rest) ?? SPACED_KEY.exec(rest);
  return found === null ? -1 : start + found[0].length;
}

/** The key whose colon ends at `end`. */
export function keyOf(line: string, start: number, end: number): string {
  const written = line.slice(start, end - 1);
  const first = written.charCodeAt(0);
  if (first !== 0x22 && first !== 0x27) return written.trimEnd();
  return written.trimEnd().slice(1, -1);
}

/** Letters, digits, `_`, `.` and `-`. */
function isKeyCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 46 ||
    code === 45
  );
}

/** What follows a key's colon; nothing when it is a comment. */
export function valueBehind(line: string, end: number): string {
  let first = end;
  while (line.charCodeAt(first) === SPACE || line.charCodeAt(first) === TAB) first++;
  return line.charCodeAt(first) === HASH ? '' : line.slice(first).trimEnd();
}

/** A text of one line: plain, or in quotes without escapes. Undefined for everything else. */
export function simpleScalar(rest: string): string | undefined {
  const content = rest.trim();
  const first = content.charCodeAt(0);
  if (first === 0x22 || first === 0x27) {
    const end = content.indexOf(content[0] as string, 1);
    if (end === -1) return undefined;
    const inside = content.slice(1, end);
    if (first === 0x22 && inside.includes('\\')) return undefined;
    const behind = content.slice(end + 1);
    return behind === '' || /^\s+#/.test(behind) ? inside : undefined;
  }
  if (INDICATORS.has(content[0] ?? '')) return undefined;
  if (content.startsWith('- ') || content.startsWith('? ') || content === '-' || content === '?') return undefined;
  const plain = withoutCommentPlain(content);
  return plain.includes(': ') || plain.endsWith(':') || plain.includes('\t') ? undefined : plain;
}

function withoutCommentPlain(content: string): string {
  const hash = content.indexOf(' #');
  return hash === -1 ? content : content.slice(0, hash).trimEnd();
}

const INDICATORS: ReadonlySet<string> = new Set([
  '',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&',
  '*',
  '!',
  '|',
  '>',
  '%',
  '@',
  '`',
  '#',
  ':',
]);

/** `{a: b, c: d}` and `[a, b]` of one line, with plain texts that need no thought; undefined for everything else. */
export function simpleFlow(rest: string): unknown {
  const content = rest.trim();
  const isMap = content.startsWith('{') && content.endsWith('}');
  if (!isMap && !(content.startsWith('[') && content.endsWith(']'))) return undefined;
  const inside = content.slice(1, -1);
  if (/["'{}[\]#&*!|>%@`\\?\t]/.test(inside)) return undefined;
  const parts = inside.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '' || part.startsWith('- ') || part === '-')) return undefined;
  if (!isMap) return parts.some((part) => part.includes(':')) ? undefined : parts;
  const mapping: Record<string, string> = {};
  for (const part of parts) {
    const match = /^([A-Za-z0-9_]+): +([^:\s](?:[^:]*[^:\s])?)$/.exec(part);
    if (!match?.[1] || match[2] === undefined || Object.hasOwn(mapping, match[1]) || match[1] === '__proto__')
      return undefined;
    mapping[match[1]] = match[2];
  }
  return mapping;
}
