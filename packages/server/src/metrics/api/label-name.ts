/** Decodes the `U__` spelling of UTF-8 label names in URLs: `__` is an underscore, `_2e_` a code point. Undefined when malformed. */
export function decodeLabelName(name: string): string | undefined {
  if (!name.startsWith('U__')) return name;
  let decoded = '';
  for (let i = 3; i < name.length; i++) {
    if (name[i] !== '_') {
      decoded += name[i];
      continue;
    }
    if (name[i + 1] === '_') {
      decoded += '_';
      i++;
      continue;
    }
    const end = name.indexOf('_', i + 1);
    const digits = end < 0 ? '' : name.slice(i + 1, end);
    if (!/^[0-9a-fA-F]{1,6}$/.test(digits)) return undefined;
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    decoded += String.fromCodePoint(code);
    i = end;
  }
  return decoded;
}
