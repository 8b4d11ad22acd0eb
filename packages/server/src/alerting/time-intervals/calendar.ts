import type { UnixMs } from '../../base/clock.ts';

/** What clocks and calendars of a time zone show at a moment. */
export interface CalendarFields {
  readonly year: number;
  /** 1 is January. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Since midnight as the clock on the wall shows it: 90 is half past one, twice on the night a clock goes back. */
  readonly minute: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Zones of configurations; as many exist. */
const FORMATTERS_MAX = 1_000;

/** Throws a RangeError for a zone that `isTimeZone` refuses. */
export function calendarAt(at: UnixMs, zone: string): CalendarFields {
  if (zone === 'UTC') {
    const date = new Date(at);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      minute: date.getUTCHours() * 60 + date.getUTCMinutes(),
    };
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  // The day of the week follows from the date alone.
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { year, month, day, weekday, minute: hour * 60 + minute };
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** True for names of the IANA database, `UTC`, and what the database calls aliases; not for offsets such as `+01:00`. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The zone of this machine, which Alertmanager's files call `Local`. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  if (formatters.size < FORMATTERS_MAX) formatters.set(zone, formatter);
  return formatter;
}
