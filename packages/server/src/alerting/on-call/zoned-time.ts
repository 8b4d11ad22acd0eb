import { unixMs } from '../../base/clock.ts';
import { calendarAt } from '../time-intervals/calendar.ts';

/** What calendar and clock of a time zone show at a moment. */
export interface CivilTime {
  /** Days since 1970-01-01 of the zone's calendar. */
  readonly dayNumber: number;
  /** Minutes since midnight as the clock on the wall shows them. */
  readonly minuteOfDay: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Throws a RangeError for what `isTimeZone` refuses. */
export function civilTime(atMs: number, zone: string): CivilTime {
  const local = wallMs(atMs, zone);
  const dayNumber = Math.floor(local / DAY_MS);
  return {
    dayNumber,
    minuteOfDay: Math.floor((local - dayNumber * DAY_MS) / MINUTE_MS),
    weekday: weekdayOf(dayNumber),
  };
}

export function weekdayOf(dayNumber: number): number {
  // The epoch began on a Thursday.
  return (((dayNumber + 4) % 7) + 7) % 7;
}

/**
 * The moment at which the clock on the wall shows a time of a day. Of a time that comes twice (a clock goes back) the first; for one
 * that never comes (a clock goes forward) the moment just as long after the gap.
 */
export function instantOf(dayNumber: number, minuteOfDay: number, zone: string): number {
  const local = dayNumber * DAY_MS + minuteOfDay * MINUTE_MS;
  // The offset a day before and a day after: between them lies at most one change.
  const before = wallMs(local - DAY_MS, zone) - (local - DAY_MS);
  const after = wallMs(local + DAY_MS, zone) - (local + DAY_MS);
  const early = local - before;
  if (wallMs(early, zone) === local) return early;
  const late = local - after;
  return wallMs(late, zone) === local ? late : early;
}

/** Whole minutes of what the wall shows, as if it were UTC. */
function wallMs(atMs: number, zone: string): number {
  const { year, month, day, minute } = calendarAt(unixMs(atMs), zone);
  return Date.UTC(year, month - 1, day, 0, minute);
}

/** `2026-01-05` as a day number; undefined when there is no such day. */
export function parseDay(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / DAY_MS;
}

/** `08:30` as minutes since midnight, `24:00` included; undefined when it is no time. */
export function parseMinute(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  if (!match) return undefined;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minute <= 1_440 ? minute : undefined;
}

/** `2026-01-05 08:30` of a zone, for people. */
export function formatLocal(atMs: number, zone: string): string {
  return `${new Date(wallMs(atMs, zone)).toISOString().slice(0, 16).replace('T', ' ')} ${zone}`;
}
