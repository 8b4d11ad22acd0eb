import { field, figure, list, shortText } from '../../source/bounded-json.ts';

/** Segments of ten seconds; the window that is asked for has some sixty. */
const SEGMENTS_MAX = 4_096;

/** The end of the newest segment of `/api/<camera>/recordings`, Unix seconds; undefined when there is none. */
export function newestSegmentEnd(answer: unknown): number | undefined {
  let newest: number | undefined;
  for (const segment of list(answer, SEGMENTS_MAX)) {
    const end = figure(field(segment, 'end_time'));
    if (end !== undefined && end > 0 && (newest === undefined || end > newest)) newest = end;
  }
  return newest;
}

/** Days of a summary; the days of a year, twice over. */
const DAYS_MAX = 800;
const HOURS_MAX = 25;
const HOUR_SECONDS = 3_600;

/** The beginning of the oldest hour of `/api/<camera>/recordings/summary?timezone=utc`, Unix seconds; undefined when nothing is recorded. */
export function oldestRecordedHour(answer: unknown): number | undefined {
  let oldest: number | undefined;
  for (const told of list(answer, DAYS_MAX)) {
    const day = field(told, 'day');
    const midnightMs = typeof day === 'string' && day.length <= 10 ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
    if (!Number.isFinite(midnightMs)) continue;
    for (const entry of list(field(told, 'hours'), HOURS_MAX)) {
      const hour = Number(shortText(field(entry, 'hour')) ?? Number.NaN);
      if (!Number.isInteger(hour) || hour < 0 || hour > 23) continue;
      const begins = midnightMs / 1_000 + hour * HOUR_SECONDS;
      if (oldest === undefined || begins < oldest) oldest = begins;
    }
  }
  return oldest;
}
