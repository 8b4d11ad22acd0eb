import type { UnixMs } from '../../../base/clock.ts';
import { Parameters, bad } from '../request.ts';

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 7;
/** What a report can look back on; more takes seconds. */
export const DAYS_MAX = 90;
const NIGHT_DEFAULT = '22:00-06:00';

export interface NoiseRequest {
  readonly startMs: number;
  readonly endMs: number;
  readonly night: Night;
}

/** Minutes of the day in a time zone; `fromMinute` after `toMinute` goes over midnight. */
export interface Night {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA. */
  readonly timeZone: string;
}

/** Reads `days`, `night` (`22:00-06:00`) and `time_zone`. Throws QUERY_BAD_PARAMETER. */
export function noiseRequest(query: unknown, now: UnixMs): NoiseRequest {
  const given = new Parameters(query);
  const days = given.whole('days', DAYS_DEFAULT, 1, DAYS_MAX);
  const timeZone = given.one('time_zone') ?? 'UTC';
  if (!isTimeZone(timeZone)) throw bad('time_zone', 'must be a name of the IANA database such as Europe/Berlin');
  const [, fromHour, fromMinute, toHour, toMinute] =
    /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(given.one('night') ?? NIGHT_DEFAULT) ?? [];
  if (fromHour === undefined || toHour === undefined) throw bad('night', 'must be two times such as 22:00-06:00');
  const night = {
    fromMinute: Number(fromHour) * 60 + Number(fromMinute),
    toMinute: Number(toHour) * 60 + Number(toMinute),
    timeZone,
  };
  return { startMs: now - days * DAY_MS, endMs: now, night };
}

function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are known to Intl and not to the database.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
