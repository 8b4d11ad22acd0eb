import type { UnixMs } from '../../base/clock.ts';
import type { NumberRange, TimeInterval } from '../config/model.ts';
import { calendarAt, daysInMonth } from './calendar.ts';

/** True when all parts of the interval hold at the moment. Source: Alertmanager documentation, `<time_interval_spec>`. */
export function containsTime(interval: TimeInterval, at: UnixMs): boolean {
  const now = calendarAt(at, interval.location);
  const { times, weekdays, daysOfMonth, months, years } = interval;
  return (
    holds(times, ({ from, to }) => now.minute >= from && now.minute < to) &&
    holds(daysOfMonth, (days) => coversDay(days, now.day, daysInMonth(now.year, now.month))) &&
    holds(months, within(now.month)) &&
    holds(weekdays, within(now.weekday)) &&
    holds(years, within(now.year))
  );
}

function holds(ranges: readonly NumberRange[], test: (range: NumberRange) => boolean): boolean {
  return ranges.length === 0 || ranges.some(test);
}

function within(value: number): (range: NumberRange) => boolean {
  return ({ from, to }) => value >= from && value <= to;
}

/** Negative days count from the month's end; what lies beyond either end of the month is cut off. */
function coversDay({ from, to }: NumberRange, day: number, last: number): boolean {
  const first = from < 0 ? last + from + 1 : from;
  const end = to < 0 ? last + to + 1 : to;
  return first <= last && day >= first && day <= Math.min(end, last);
}
