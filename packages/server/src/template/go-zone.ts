/** A time zone at one moment. */
export interface ZoneMoment {
  /** East of UTC. */
  readonly offsetMs: number;
  /** `CET`; `+03` where nobody has letters for it. */
  readonly abbreviation: string;
}

/** A zone by its IANA name. */
export interface Zone {
  readonly name: string;
  at(unixMs: number): ZoneMoment;
}

export const UTC: Zone = { name: 'UTC', at: () => ({ offsetMs: 0, abbreviation: 'UTC' }) };

/** Each knows the letters of its own part of the world. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ'];
const NAME_CHARS_MAX = 64;

/** Throws an Error for a zone that does not exist. '' is UTC, as in Go; `Local` is UTC too, wherever this runs. */
export function loadZone(name: string): Zone {
  if (name === '' || name === 'UTC' || name === 'Local') return UTC;
  if (name.length > NAME_CHARS_MAX || !/^[A-Za-z]/.test(name)) throw new Error(`unknown time zone ${name}`);
  let offsets: Intl.DateTimeFormat;
  try {
    offsets = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    throw new Error(`unknown time zone ${name}`, { cause: error });
  }
  return {
    name,
    at: (unixMs) => {
      const offsetMs = offsetOf(offsets, unixMs);
      return { offsetMs, abbreviation: abbreviationOf(name, unixMs) ?? numeric(offsetMs) };
    },
  };
}

function offsetOf(format: Intl.DateTimeFormat, unixMs: number): number {
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(zonePart(format, unixMs));
  if (match?.[1] === undefined) return 0;
  const size = (Number(match[2]) * 3_600 + Number(match[3]) * 60 + Number(match[4] ?? 0)) * 1_000;
  return match[1] === '-' ? -size : size;
}

function abbreviationOf(timeZone: string, unixMs: number): string | undefined {
  for (const locale of LOCALES) {
    const text = zonePart(new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }), unixMs);
    if (/^[A-Z]{2,5}$/.test(text)) return text;
  }
  return undefined;
}

function zonePart(format: Intl.DateTimeFormat, unixMs: number): string {
  return format.formatToParts(unixMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

function numeric(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}${minutes % 60 === 0 ? '' : two(minutes % 60)}`;
}
