import { one, textOf } from './builtins.ts';
import { goDuration } from './go-duration.ts';
import { UTC, type Zone, type ZoneMoment } from './go-zone.ts';
import { TemplateRecord, type TemplateFunction, type TemplateValue } from './values.ts';

export const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
export const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Milliseconds either side of the epoch that a JavaScript date can hold. */
const TIME_MS_MAX = 8.64e15;

/** Year 1 in UTC: Go's time that is none. */
export const GO_ZERO_TIME_MS = -62_135_596_800_000;

/** A time with the methods of Go's time.Time that templates use; prints as `2022-01-25 12:36:43 +0000 UTC`. */
export function goTime(unixMs: number, zone: Zone = UTC): TemplateRecord {
  if (!(Math.abs(unixMs) <= TIME_MS_MAX)) throw new Error(`${unixMs / 1000} cannot be represented as a time`);
  const moment = zone.at(unixMs);
  // Its UTC fields are the zone's.
  const date = new Date(unixMs + moment.offsetMs);
  return new TemplateRecord(
    'time.Time',
    {},
    { methods: () => timeMethods(unixMs, date, moment), text: () => timeText(date, moment) },
  );
}

function timeMethods(unixMs: number, date: Date, moment: ZoneMoment): ReadonlyMap<string, TemplateFunction> {
  const field =
    (value: number): TemplateFunction =>
    () =>
      BigInt(value);
  return new Map<string, TemplateFunction>([
    ['Format', (args) => formatTime(date, textOf('Format', one('Format', args)), moment)],
    ['String', () => timeText(date, moment)],
    ['UTC', () => goTime(unixMs)],
    ['Local', () => goTime(unixMs)],
    ['IsZero', () => unixMs === GO_ZERO_TIME_MS],
    ['Sub', (args) => goDuration((unixMs - other('Sub', args)) / 1000)],
    ['Before', (args) => unixMs < other('Before', args)],
    ['After', (args) => unixMs > other('After', args)],
    ['Equal', (args) => unixMs === other('Equal', args)],
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
}

/** Milliseconds since the epoch of a time; undefined for any other value. */
export function timeMs(value: TemplateValue): number | undefined {
  if (!(value instanceof TemplateRecord) || value.typeName !== 'time.Time') return undefined;
  const milliseconds = value.methods.get('UnixMilli')?.([], NO_CALLS);
  return typeof milliseconds === 'bigint' ? Number(milliseconds) : undefined;
}

/** UnixMilli asks nothing of whoever calls it. */
const NO_CALLS = {
  runTemplate: () => '',
  query: () => undefined,
  now: () => 0,
  spend: () => undefined,
};

function other(name: string, args: readonly TemplateValue[]): number {
  const ms = timeMs(one(name, args));
  if (ms === undefined) throw new Error(`${name}: wants a time`);
  return ms;
}

function timeText(date: Date, moment: ZoneMoment): string {
  return formatTime(date, '2006-01-02 15:04:05.999999999 -0700 MST', moment);
}

export const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|-07:00|-0700|\.0+(?!\d)|\.9+(?!\d)|,0+(?!\d)|,9+(?!\d)|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5/g;

/** Go's reference-time layouts. */
function formatTime(date: Date, layout: string, moment: ZoneMoment): string {
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
    MST: moment.abbreviation,
    '2006': String(date.getUTCFullYear()).padStart(4, '0'),
    '06': two(date.getUTCFullYear() % 100),
    'Z07:00': moment.offsetMs === 0 ? 'Z' : offsetText(moment, ':'),
    '-07:00': offsetText(moment, ':'),
    '-0700': offsetText(moment, ''),
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

function offsetText({ offsetMs }: ZoneMoment, separator: string): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}
