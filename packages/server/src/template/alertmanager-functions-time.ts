import { DAYS, LAYOUT, MONTHS } from './go-time.ts';

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  fractionMs: number;
  afternoon: boolean | undefined;
  offsetMs: number;
}

/** Reads a part at the beginning of the rest; returns how many characters it took, 0 when it is not there. */
type Reader = (rest: string, parts: Parts) => number;

const digits =
  (pattern: RegExp, take: (parts: Parts, value: number) => void): Reader =>
  (rest, parts) => {
    const match = pattern.exec(rest);
    if (match) take(parts, Number(match[0].trim()));
    return match?.[0].length ?? 0;
  };

const name =
  (names: readonly string[], length: number | undefined, take: (parts: Parts, index: number) => void): Reader =>
  (rest, parts) => {
    const index = names.findIndex((one) => rest.toLowerCase().startsWith(one.slice(0, length).toLowerCase()));
    if (index < 0) return 0;
    take(parts, index);
    return (names[index] ?? '').slice(0, length).length;
  };

const ONE_OR_TWO = /^\d{1,2}/;
const TWO = /^\d{2}/;
const month = (parts: Parts, value: number): void => void (parts.month = value);
const day = (parts: Parts, value: number): void => void (parts.day = value);
const hour = (parts: Parts, value: number): void => void (parts.hour = value);
const minute = (parts: Parts, value: number): void => void (parts.minute = value);
const second = (parts: Parts, value: number): void => void (parts.second = value);

const half: Reader = (rest, parts) => {
  const match = /^[AP]M/i.exec(rest);
  if (match) parts.afternoon = match[0].toUpperCase() === 'PM';
  return match?.[0].length ?? 0;
};

const offset =
  (pattern: RegExp): Reader =>
  (rest, parts) => {
    const match = pattern.exec(rest);
    if (!match) return 0;
    const minutes = Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
    parts.offsetMs = (match[1] === '-' ? -1 : 1) * minutes * 60_000;
    return match[0].length;
  };

const READERS: Readonly<Record<string, Reader>> = {
  '2006': digits(/^\d{4}/, (parts, value) => void (parts.year = value)),
  '06': digits(TWO, (parts, value) => void (parts.year = value >= 69 ? 1900 + value : 2000 + value)),
  January: name(MONTHS, undefined, (parts, index) => month(parts, index + 1)),
  Jan: name(MONTHS, 3, (parts, index) => month(parts, index + 1)),
  Monday: name(DAYS, undefined, () => undefined),
  Mon: name(DAYS, 3, () => undefined),
  '01': digits(TWO, month),
  '1': digits(ONE_OR_TWO, month),
  '02': digits(TWO, day),
  _2: digits(/^ ?\d{1,2}/, day),
  '2': digits(ONE_OR_TWO, day),
  '15': digits(TWO, hour),
  '03': digits(TWO, hour),
  '3': digits(ONE_OR_TWO, hour),
  '04': digits(TWO, minute),
  '4': digits(ONE_OR_TWO, minute),
  '05': digits(TWO, second),
  '5': digits(ONE_OR_TWO, second),
  PM: half,
  pm: half,
  'Z07:00': offset(/^(?:Z|([+-])(\d{2}):(\d{2}))/),
  '-07:00': offset(/^([+-])(\d{2}):(\d{2})/),
  '-0700': offset(/^([+-])(\d{2})(\d{2})/),
  // A zone's letters say nothing sure about its offset; Go counts unknown ones as UTC too.
  MST: (rest) => /^[A-Z]{3,4}/.exec(rest)?.[0].length ?? 0,
};

const fraction: Reader = (rest, parts) => {
  const match = /^[.,](\d{1,9})/.exec(rest);
  if (match) parts.fractionMs = Math.floor(Number(`0.${match[1]}`) * 1000);
  return match?.[0].length ?? 0;
};

/** Milliseconds since the epoch of a time written in one of Go's reference-time layouts; undefined when it is not. */
export function parseGoTime(layout: string, text: string): number | undefined {
  const parts: Parts = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    fractionMs: 0,
    afternoon: undefined,
    offsetMs: 0,
  };
  let rest = text;
  let from = 0;
  for (const token of layout.matchAll(LAYOUT)) {
    const literal = layout.slice(from, token.index);
    if (!rest.startsWith(literal)) return undefined;
    rest = rest.slice(literal.length);
    from = token.index + token[0].length;
    const isFraction = /^[.,]/.test(token[0]);
    const taken = (isFraction ? fraction : READERS[token[0]])?.(rest, parts) ?? 0;
    // Only nines may be missing.
    if (taken === 0 && !/^[.,]9/.test(token[0])) return undefined;
    rest = rest.slice(taken);
    // Go takes a fraction after the seconds whether the layout has one or not.
    if (token[0] === '05' && !/^[.,][09]/.test(layout.slice(from))) rest = rest.slice(fraction(rest, parts));
  }
  return rest === layout.slice(from) ? momentOf(parts) : undefined;
}

function momentOf(parts: Parts): number | undefined {
  const { year, month: ofYear, day: ofMonth, minute: ofHour, second: ofMinute, afternoon } = parts;
  let ofDay = parts.hour;
  if (afternoon === true && ofDay < 12) ofDay += 12;
  if (afternoon === false && ofDay === 12) ofDay = 0;
  if (ofYear < 1 || ofYear > 12 || ofDay > 23 || ofHour > 59 || ofMinute > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, ofYear - 1, ofMonth);
  if (date.getUTCMonth() !== ofYear - 1 || ofMonth < 1) return undefined;
  date.setUTCHours(ofDay, ofHour, ofMinute, parts.fractionMs);
  return date.getTime() - parts.offsetMs;
}
