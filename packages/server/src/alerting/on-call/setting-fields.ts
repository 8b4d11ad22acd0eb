import { z } from 'zod';
import { isTimeZone } from '../time-intervals/calendar.ts';
import { parseDay, parseMinute } from './zoned-time.ts';

/**
 * Building blocks of the sections that speak about days and hours. Values stay as they are written, so that `vedette config print`
 * shows them; who uses them parses them once.
 */

export const timeZone = z
  .string()
  .refine(isTimeZone, { error: 'not a time zone; write an IANA name such as Europe/Berlin, or UTC' });

export const day = z
  .string({ error: 'must be a day in quotes, such as 2026-12-31' })
  .refine((text) => parseDay(text) !== undefined, { error: 'there is no such day; write it as 2026-12-31' });

export const timeOfDay = z
  .string({ error: "must be a time of day in quotes, such as '08:30'" })
  .refine((text) => parseMinute(text) !== undefined, { error: "not a time of day; write it as '08:30'" });

/** A day and a time of it, of a time zone that is named elsewhere. */
export const localTime = z
  .string()
  .refine((text) => parseLocalTime(text) !== undefined, { error: "not a local time; write it as '2026-12-31 08:30'" });

export interface LocalTime {
  readonly dayNumber: number;
  readonly minuteOfDay: number;
}

export function parseLocalTime(text: string): LocalTime | undefined {
  const [date = '', time = '', ...rest] = text.split(/[ T]/);
  const dayNumber = parseDay(date);
  const minuteOfDay = parseMinute(time);
  if (dayNumber === undefined || minuteOfDay === undefined || rest.length > 0) return undefined;
  return { dayNumber, minuteOfDay };
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

export const HOLIDAYS_MAX = 1_000;
export const holidays = z.array(day).max(HOLIDAYS_MAX).default([]);

/** Days of the week, and from when to when on them; an end at or before the beginning means the next day. */
export const hours = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).max(7),
  from: timeOfDay,
  to: timeOfDay,
});

/** Hours ready to be asked. */
export class Hours {
  readonly fromMinute: number;
  readonly #toMinute: number;
  readonly #days: ReadonlySet<number>;

  constructor({ days, from, to }: z.output<typeof hours>) {
    this.#days = new Set(days.map((name) => WEEKDAYS.indexOf(name)));
    this.fromMinute = parseMinute(from) ?? 0;
    this.#toMinute = parseMinute(to) ?? 0;
  }

  covers(weekday: number, minuteOfDay: number): boolean {
    const isNamed = this.#days.has(weekday);
    if (this.fromMinute < this.#toMinute)
      return isNamed && minuteOfDay >= this.fromMinute && minuteOfDay < this.#toMinute;
    // Over midnight: the evening of a day that is named, or the morning after one.
    return (
      (isNamed && minuteOfDay >= this.fromMinute) || (this.#days.has((weekday + 6) % 7) && minuteOfDay < this.#toMinute)
    );
  }
}

/** Day numbers of holidays. */
export function holidaySet(days: readonly string[]): ReadonlySet<number> {
  return new Set(days.map((text) => parseDay(text) ?? NaN));
}
