/**
 * Schedules as people write them in one cell: `mon-fri 08:00-18:00`, `sat,sun 10:00-16:00; mon 07:00-12:00`, `22:00-06:00 Europe/Berlin`,
 * `always`. Answers the fields of Alertmanager's time intervals; undefined when it is none of these.
 */
export function scheduleOfText(text: string): readonly ScheduleInterval[] | undefined {
  const written = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (written.length === 0 || written.length > 50) return undefined;
  if (written.length === 1 && ALWAYS.has(written[0]?.toLowerCase() ?? '')) return [{}];
  const intervals: ScheduleInterval[] = [];
  for (const part of written) {
    const found = intervalsOf(part);
    if (found === undefined) return undefined;
    intervals.push(...found);
  }
  return intervals;
}

export interface ScheduleInterval {
  readonly times?: readonly TimeRange[];
  readonly weekdays?: readonly string[];
  readonly location?: string;
}

const ALWAYS: ReadonlySet<string> = new Set(['always', '24/7', '24x7', 'permanent', 'immer']);
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const TIME = /^([01]?\d|2[0-4]):([0-5]\d)$/;

interface TimesOfDay {
  readonly times: readonly TimeRange[];
  /** Of ranges over midnight: what lies on the day after. */
  readonly dayAfter: readonly TimeRange[];
}

interface TimeRange {
  readonly start_time: string;
  readonly end_time: string;
}

function intervalsOf(part: string): readonly ScheduleInterval[] | undefined {
  let weekdays: readonly (readonly [number, number])[] | undefined;
  let hours: TimesOfDay | undefined;
  let location: string | undefined;
  for (const word of part.split(/\s+/)) {
    const times = hours === undefined ? timesOf(word) : undefined;
    if (times !== undefined) {
      hours = times;
      continue;
    }
    const days = weekdays === undefined && hours === undefined ? daysOf(word) : undefined;
    if (days !== undefined) {
      weekdays = days;
      continue;
    }
    if (location !== undefined || !/^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+$|^UTC$|^Local$/.test(word)) return undefined;
    location = word;
  }
  if (weekdays === undefined && hours === undefined) return undefined;
  const zone = location === undefined ? {} : { location };
  const on = (shift: number) =>
    weekdays === undefined ? {} : { weekdays: weekdays.flatMap((range) => dayNames(range, shift)) };
  if (hours === undefined) return [{ ...on(0), ...zone }];
  const today = { ...on(0), times: hours.times, ...zone };
  return hours.dayAfter.length === 0 ? [today] : [today, { ...on(1), times: hours.dayAfter, ...zone }];
}

/** `08:00-18:00,22:00-06:00` */
function timesOf(word: string): TimesOfDay | undefined {
  const times: TimeRange[] = [];
  const dayAfter: TimeRange[] = [];
  for (const range of word.split(',')) {
    const [first = '', last = '', more] = range.split('-');
    const from = clockTime(first);
    const to = clockTime(last);
    if (more !== undefined || from === undefined || to === undefined || from === to) return undefined;
    if (from < to) times.push({ start_time: from, end_time: to });
    else {
      times.push({ start_time: from, end_time: '24:00' });
      if (to !== '00:00') dayAfter.push({ start_time: '00:00', end_time: to });
    }
  }
  return { times, dayAfter };
}

function clockTime(text: string): string | undefined {
  const match = TIME.exec(text);
  if (!match?.[1] || !match[2] || (match[1] === '24' && match[2] !== '00')) return undefined;
  return `${match[1].padStart(2, '0')}:${match[2]}`;
}

/** `mon-fri`, `sat,sun`, `monday:friday`: first and last day of each range, 0 is Sunday. */
function daysOf(word: string): readonly (readonly [number, number])[] | undefined {
  const ranges: [number, number][] = [];
  for (const range of word.toLowerCase().split(',')) {
    const [first = '', last = first, more] = range.split(/[-:]/);
    const from = dayOf(first);
    const to = dayOf(last);
    if (more !== undefined || from === undefined || to === undefined) return undefined;
    ranges.push([from, to]);
  }
  return ranges;
}

/** As Alertmanager writes them; a range over the end of the week becomes two. */
function dayNames([first, last]: readonly [number, number], shift: number): readonly string[] {
  if ((last - first + 8) % 7 === 0) return ['sunday:saturday'];
  const from = (first + shift) % 7;
  const to = (last + shift) % 7;
  if (from === to) return [DAYS[from] as string];
  return from < to ? [`${DAYS[from]}:${DAYS[to]}`] : [`${DAYS[from]}:saturday`, `sunday:${DAYS[to]}`];
}

function dayOf(word: string): number | undefined {
  if (word.length < 2) return undefined;
  const index = DAYS.findIndex((day) => day.startsWith(word) && (word.length <= 4 || word === day));
  return index === -1 ? undefined : index;
}
