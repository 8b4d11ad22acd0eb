import { TemplateRecord, type TemplateFunction } from './values.ts';
import { one, textOf } from './builtins.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Milliseconds either side of the epoch that a JavaScript date can hold. */
const TIME_MS_MAX = 8.64e15;

/** A UTC time with the methods of Go's time.Time that templates use; prints as `2022-01-25 12:36:43 +0000 UTC`. */
export function goTime(unixMs: number): TemplateRecord {
  if (!(Math.abs(unixMs) <= TIME_MS_MAX)) throw new Error(`${unixMs / 1000} cannot be represented as a time`);
  const date = new Date(unixMs);
  const field =
    (value: number): TemplateFunction =>
    () =>
      BigInt(value);
  const methods = new Map<string, TemplateFunction>([
    ['Format', (args) => formatTime(date, textOf('Format', one('Format', args)))],
    ['String', () => timeText(date)],
    ['UTC', () => goTime(unixMs)],
    ['Unix', () => BigInt(Math.floor(unixMs / 1000))],
    ['UnixMilli', () => BigInt(Math.floor(unixMs))],
    ['Year', field(date.getUTCFullYear())],
    ['Month', () => MONTHS[date.getUTCMonth()]],
    ['Day', field(date.getUTCDate())],
    ['Hour', field(date.getUTCHours())],
    ['Minute', field(date.getUTCMinutes())],
    ['Second', field(date.getUTCSeconds())],
    ['Weekday', () => DAYS[date.getUTCDay()]],
  ]);
  return new TemplateRecord('time.Time', {}, { methods, text: timeText(date) });
}

function timeText(date: Date): string {
  return formatTime(date, '2006-01-02 15:04:05.999999999 -0700 MST');
}

const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|-07:00|-0700|\.0+(?!\d)|\.9+(?!\d)|,0+(?!\d)|,9+(?!\d)|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5/g;

/** Go's reference-time layouts, in UTC. */
function formatTime(date: Date, layout: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour12 = date.getUTCHours() % 12 || 12;
  const fraction = String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0');
  const month = MONTHS[date.getUTCMonth()] ?? '';
  const day = DAYS[date.getUTCDay()] ?? '';
  const parts: Readonly<Record<string, string>> = {
    January: month,
    Jan: month.slice(0, 3),
    Monday: day,
    Mon: day.slice(0, 3),
    MST: 'UTC',
    '2006': String(date.getUTCFullYear()).padStart(4, '0'),
    '06': two(date.getUTCFullYear() % 100),
    'Z07:00': 'Z',
    '-07:00': '+00:00',
    '-0700': '+0000',
    '01': two(date.getUTCMonth() + 1),
    '1': String(date.getUTCMonth() + 1),
    '02': two(date.getUTCDate()),
    _2: String(date.getUTCDate()).padStart(2, ' '),
    '2': String(date.getUTCDate()),
    '15': two(date.getUTCHours()),
    '03': two(hour12),
    '3': String(hour12),
    '04': two(date.getUTCMinutes()),
    '4': String(date.getUTCMinutes()),
    '05': two(date.getUTCSeconds()),
    '5': String(date.getUTCSeconds()),
    PM: date.getUTCHours() < 12 ? 'AM' : 'PM',
    pm: date.getUTCHours() < 12 ? 'am' : 'pm',
  };
  return layout.replace(LAYOUT, (token) => {
    if (/^[.,]0/.test(token)) return token.charAt(0) + fraction.slice(0, token.length - 1);
    if (/^[.,]9/.test(token)) {
      const digits = fraction.slice(0, token.length - 1).replace(/0+$/, '');
      return digits === '' ? '' : token.charAt(0) + digits;
    }
    return parts[token] ?? token;
  });
}
