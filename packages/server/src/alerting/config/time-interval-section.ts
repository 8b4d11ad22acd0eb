import { z } from 'zod';
import { isTimeZone, localTimeZone } from '../time-intervals/calendar.ts';
import type { NumberRange, TimeInterval } from './model.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** A range that holds nothing: a list that is there but empty never holds, unlike one that is not there. */
const NOTHING: NumberRange = { from: 1, to: 0 };

/** Why a range is wrong. */
type Fault = string | undefined;

/** `first:last`, or one value for both; `member` turns a word into its number or undefined. */
function range(
  member: (word: string) => number | undefined,
  faultOfWord: (word: string) => string,
  faultOf: (from: number, to: number, text: string) => Fault,
) {
  return z.string().transform((written, context): NumberRange => {
    const issue = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const text = written.toLowerCase();
    const words = text.split(':');
    if (words.length > 2) return issue(`couldn't parse range ${text}, invalid format`);
    const [first = '', last = first] = words;
    const from = member(first);
    if (from === undefined) return issue(faultOfWord(first));
    const to = member(last);
    if (to === undefined) return issue(faultOfWord(last));
    const fault = faultOf(from, to, text);
    return fault === undefined ? { from, to } : issue(fault);
  });
}

function wholeNumber(word: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(word) ? Number(word) : undefined;
}

const noNumber = (word: string): string => `"${word}" is not a whole number`;

function indexIn(words: readonly string[], word: string): number | undefined {
  const index = words.indexOf(word);
  return index === -1 ? undefined : index;
}

const weekdays = range(
  (word) => indexIn(WEEKDAYS, word),
  (word) => `${word} is not a valid weekday`,
  (from, to) => (from > to ? 'start day cannot be before end day' : undefined),
);

const daysOfMonth = range(wholeNumber, noNumber, (from, to) => {
  for (const day of [from, to])
    if (day === 0 || day < -31 || day > 31) return `${day} is not a valid day of the month: out of range`;
  if (from < 0 && to > 0) return 'end day must be negative if start day is negative';
  // No month is shorter than 28 days: what is wrong there is wrong in every month.
  const fromStart = (day: number): number => (day < 0 ? 28 + day : day);
  return fromStart(from) > fromStart(to) ? `end day ${to} is always before start day ${from}` : undefined;
});

const months = range(
  (word) => {
    const index = indexIn(MONTHS, word);
    return index === undefined ? wholeNumber(word) : index + 1;
  },
  (word) => `${word} is not a valid month`,
  (from, to) =>
    from > to ? `end month ${MONTHS[to - 1] ?? ''} is before start month ${MONTHS[from - 1] ?? ''}` : undefined,
);

const years = range(wholeNumber, noNumber, (from, to) =>
  from > to ? `end year ${to} is before start year ${from}` : undefined,
);

const CLOCK_TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/;

function minuteOf(text: string): number | undefined {
  const match = CLOCK_TIME.exec(text);
  return match ? Number(match[1] ?? match[3]) * 60 + Number(match[2] ?? match[4]) : undefined;
}

const times = z
  .strictObject({ start_time: z.string().default(''), end_time: z.string().default('') })
  .transform(({ start_time: start, end_time: end }, context): NumberRange => {
    const from = minuteOf(start);
    const to = minuteOf(end);
    const fault =
      start === '' || end === ''
        ? 'both start and end times must be provided'
        : from === undefined
          ? `couldn't parse timestamp ${start}, invalid format`
          : to === undefined
            ? `couldn't parse timestamp ${end}, invalid format`
            : from >= to
              ? 'start time cannot be equal or greater than end time'
              : undefined;
    if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault}; write it as 09:00 or 24:00` });
    return { from: from ?? 0, to: to ?? 0 };
  });

const location = z.string().transform((name, context): string => {
  if (name === '' || name === 'UTC') return 'UTC';
  if (name === 'Local') return localTimeZone();
  if (isTimeZone(name)) return name;
  const message = `unknown time zone ${name}; write a name of the IANA database such as Europe/Berlin, UTC or Local`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** One element of `time_intervals`. Source: Alertmanager documentation, `<time_interval_spec>`. */
export const timeIntervalSchema = z
  .strictObject({
    times: z.array(times).optional(),
    weekdays: z.array(weekdays).optional(),
    days_of_month: z.array(daysOfMonth).optional(),
    months: z.array(months).optional(),
    years: z.array(years).optional(),
    location: location.prefault('UTC'),
  })
  .transform((written): TimeInterval => ({
    times: orNothing(written.times),
    weekdays: orNothing(written.weekdays),
    daysOfMonth: orNothing(written.days_of_month),
    months: orNothing(written.months),
    years: orNothing(written.years),
    location: written.location,
  }));

function orNothing(ranges: readonly NumberRange[] | undefined): readonly NumberRange[] {
  return ranges === undefined ? [] : ranges.length === 0 ? [NOTHING] : ranges;
}

/** An entry of `time_intervals`, or of `mute_time_intervals`, the older name; `kind` goes into messages. */
export function namedTimeInterval(kind: 'time interval' | 'mute time interval') {
  const missing = `missing name in ${kind}`;
  return z.strictObject({
    name: z.string({ error: missing }).min(1, { error: missing }),
    time_intervals: z.array(timeIntervalSchema).default([]),
  });
}
