/** A `date-time` of the API: RFC 3339, or without a zone (UTC). Source: go-openapi/strfmt, DateTimeFormats. */
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)([Zz]|[+-]\d\d:?\d\d)?$/;

/** Go's zero time and what comes before it: "not given". */
const ZERO_MS = Date.parse('0001-01-01T00:00:00Z');

/** Milliseconds; undefined for Go's zero time; NaN when the text is no time. */
export function parseDateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return Number.NaN;
  const [, date, time, zone = 'Z'] = match;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  // Digits beyond milliseconds are cut, not rounded: a moment must not move into the next second.
  const ms = Date.parse(`${date}T${time?.replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
  return ms <= ZERO_MS ? undefined : ms;
}

/** As the API writes times: milliseconds always. */
export function dateTime(ms: number): string {
  return new Date(ms).toISOString();
}
