/** Fields of one header block that are kept. */
const FIELDS_MAX = 32;

/** `name: value` lines, names in lower case; the first of a name counts. Lines that are none are left out. */
export function headerFields(block: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0 || fields.size >= FIELDS_MAX) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** A parameter of a media type such as `multipart/x-mixed-replace; boundary="a"`, quoted or not (RFC 9110 5.6.6). */
export function parameterOf(mediaType: string, name: string): string | undefined {
  for (let at = mediaType.indexOf(';'); at >= 0;) {
    const equals = mediaType.indexOf('=', at);
    if (equals < 0) return undefined;
    const found = mediaType
      .slice(at + 1, equals)
      .trim()
      .toLowerCase();
    let value: string;
    const start = equals + 1 + leadingSpaces(mediaType, equals + 1);
    if (mediaType[start] === '"') {
      const end = mediaType.indexOf('"', start + 1);
      value = mediaType.slice(start + 1, end < 0 ? undefined : end).replaceAll('\\', '');
      at = end < 0 ? -1 : mediaType.indexOf(';', end);
    } else {
      const end = mediaType.indexOf(';', start);
      value = mediaType.slice(start, end < 0 ? undefined : end).trim();
      at = end;
    }
    if (found === name) return value;
  }
  return undefined;
}

function leadingSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at - from;
}
