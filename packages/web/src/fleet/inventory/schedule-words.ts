const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

interface Interval {
  readonly weekdays?: readonly string[];
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
  readonly location?: string;
}

/** What the short form has words for. */
const KNOWN = new Set(['weekdays', 'times', 'location']);

/**
 * A schedule in the short form that the inventory reads, `mon-fri 08:00-18:00; sat 10:00-14:00`; as JSON, which it reads as well, where the
 * short form has no words for it. '' when there is none: always.
 */
export function scheduleWords(schedule: readonly unknown[] | undefined): string {
  if (schedule === undefined || schedule.length === 0) return '';
  const parts = schedule.map((interval) => intervalWords(interval));
  return parts.every((part): part is string => part !== undefined) ? parts.join('; ') : JSON.stringify(schedule);
}

function intervalWords(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || Object.keys(raw).some((key) => !KNOWN.has(key))) return undefined;
  const { weekdays = [], times = [], location = '' } = raw as Interval;
  const days = weekdays.map((range) => rangeWords(range));
  if (days.includes(undefined)) return undefined;
  const hours = times.map(({ start_time: start, end_time: end }) => `${start}-${end}`);
  const text = [days.join(','), hours.join(','), location].filter((part) => part !== '').join(' ');
  // The short form of an interval without bounds is a word that stands alone.
  return text === '' ? (Object.keys(raw).length === 0 ? 'always' : undefined) : text;
}

/** `monday:friday` → `mon-fri`. */
function rangeWords(range: string): string | undefined {
  const ends = range.toLowerCase().split(':');
  return ends.every((day) => DAYS.includes(day)) && ends.length <= 2
    ? ends.map((day) => day.slice(0, 3)).join('-')
    : undefined;
}
