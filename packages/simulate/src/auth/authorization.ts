export type Authorization =
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }
  /** Names in lower case, values without quotes. */
  | { readonly scheme: 'digest'; readonly fields: ReadonlyMap<string, string> };

/** Reads the value of an `Authorization` header; undefined: neither Basic nor Digest. */
export function parseAuthorization(value: string): Authorization | undefined {
  const space = value.indexOf(' ');
  if (space < 0) return undefined;
  const scheme = value.slice(0, space).toLowerCase();
  const rest = value.slice(space + 1);
  if (scheme === 'basic') {
    const text = Buffer.from(rest.trim(), 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { scheme, user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return scheme === 'digest' ? { scheme, fields: parseFields(rest) } : undefined;
}

/** `name=token, name="quoted \" text"` (RFC 9110, 11.4). */
function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const equals = text.indexOf('=', at);
    if (equals < 0) break;
    const name = text.slice(at, equals).replaceAll(',', ' ').trim().toLowerCase();
    at = equals + 1;
    let value = '';
    if (text[at] === '"') {
      at++;
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '\\') at++;
        value += text[at] ?? '';
        at++;
      }
      at++;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      value = text.slice(at, end).trim();
      at = end;
    }
    fields.set(name, value);
  }
  return fields;
}
