/** Attributes of one tag that are kept. */
const ATTRIBUTES_MAX = 40;

/** `NAME=value,NAME="quoted, value"` (RFC 8216 4.2). What does not parse ends the list. */
export function attributeList(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (let at = 0; at < text.length && attributes.size < ATTRIBUTES_MAX;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) break;
    const name = text.slice(at, equals).trim().toUpperCase();
    let end: number;
    let value: string;
    if (text[equals + 1] === '"') {
      const quote = text.indexOf('"', equals + 2);
      if (quote < 0) break;
      value = text.slice(equals + 2, quote);
      end = text.indexOf(',', quote);
    } else {
      end = text.indexOf(',', equals);
      value = text.slice(equals + 1, end < 0 ? undefined : end).trim();
    }
    if (name !== '' && !attributes.has(name)) attributes.set(name, value);
    if (end < 0) break;
    at = end + 1;
  }
  return attributes;
}

/** A decimal number of at most twelve digits before the point; undefined where it is none. */
export function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,12}(\.[0-9]{0,12})?$/.test(text.trim()) ? Number(text) : undefined;
}
