import { formatNumber } from './number.ts';

/** A value split for display: prefix and suffix may be drawn smaller than the number. */
export interface DisplayText {
  readonly prefix: string;
  readonly text: string;
  readonly suffix: string;
}

type Format = (value: number, decimals: number | null) => DisplayText;

const plain = (text: string, suffix = '', prefix = ''): DisplayText => ({ prefix, text, suffix });

/** Steps up by `base` while the number is large; the first symbol belongs to the unit itself. */
function scaled(base: number, symbols: readonly string[], unit: string, start = 0): Format {
  return (value, decimals) => {
    let index = start;
    let rest = value;
    while (Math.abs(rest) >= base && index < symbols.length - 1) {
      rest /= base;
      index++;
    }
    const suffix = `${symbols[index] ?? ''}${unit}`;
    return plain(formatNumber(rest, decimals), suffix === '' ? '' : ` ${suffix}`);
  };
}

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SHORT = ['', ' K', ' Mil', ' Bil', ' Tri'];

const short: Format = (value, decimals) => {
  let index = 0;
  let rest = value;
  while (Math.abs(rest) >= 1000 && index < SHORT.length - 1) {
    rest /= 1000;
    index++;
  }
  return plain(formatNumber(rest, decimals), SHORT[index] ?? '');
};

const suffixed =
  (suffix: string, factor = 1): Format =>
  (value, decimals) =>
    plain(formatNumber(value * factor, decimals), suffix);

const rate =
  (suffix: string): Format =>
  (value, decimals) => {
    const { text, suffix: scale } = short(value, decimals);
    return plain(text, `${scale} ${suffix}`);
  };

const DURATIONS: readonly (readonly [seconds: number, suffix: string])[] = [
  [31_536_000, ' years'],
  [604_800, ' weeks'],
  [86_400, ' days'],
  [3_600, ' hours'],
  [60, ' mins'],
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' µs'],
  [1e-9, ' ns'],
];

const duration =
  (secondsPerUnit: number): Format =>
  (value, decimals) => {
    const seconds = value * secondsPerUnit;
    if (seconds === 0) return plain(formatNumber(0, decimals), secondsPerUnit < 1 ? suffixOf(secondsPerUnit) : ' s');
    // Rounded first, so that 59.9999 s does not read "60 s".
    const found = DURATIONS.find(([size]) => Math.abs(seconds) >= size * 0.9995) ?? [1e-9, ' ns'];
    return plain(formatNumber(seconds / found[0], decimals), found[1]);
  };

const suffixOf = (seconds: number): string => DURATIONS.find(([size]) => size === seconds)?.[1] ?? ' s';

/** `1 day, 4 hours` for an uptime, `02:14:09` for the clock-like ids. */
const clockWords =
  (secondsPerUnit: number): Format =>
  (value) => {
    let rest = Math.round(Math.abs(value) * secondsPerUnit);
    const parts: string[] = [];
    for (const [size, name] of [
      [31_536_000, 'year'],
      [604_800, 'week'],
      [86_400, 'day'],
      [3_600, 'hour'],
      [60, 'minute'],
      [1, 'second'],
    ] as const) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
      if (parts.length === 2) break;
    }
    return plain(`${value < 0 ? '−' : ''}${parts.length > 0 ? parts.join(', ') : '0 seconds'}`);
  };

const clock: Format = (value) => {
  const total = Math.round(Math.abs(value));
  const pad = (part: number): string => String(part).padStart(2, '0');
  const text = `${pad(Math.floor(total / 3600))}:${pad(Math.floor(total / 60) % 60)}:${pad(total % 60)}`;
  return plain(value < 0 ? `−${text}` : text);
};

const dateTime: Format = (value) => {
  if (!Number.isFinite(value)) return plain(formatNumber(value));
  const date = new Date(value);
  const pad = (part: number): string => String(part).padStart(2, '0');
  return plain(
    `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`,
  );
};

/** Grafana's unit ids. What is missing here is taken as a suffix, as Grafana does with `suffix:`. */
const UNITS: Readonly<Record<string, Format>> = {
  none: suffixed(''),
  short,
  string: suffixed(''),
  sishort: scaled(1000, SI, ''),
  percent: suffixed('%'),
  percentunit: suffixed('%', 100),
  humidity: suffixed(' %H'),
  bool: (value) => plain(value === 0 ? 'False' : 'True'),
  bool_yes_no: (value) => plain(value === 0 ? 'No' : 'Yes'),
  bool_on_off: (value) => plain(value === 0 ? 'Off' : 'On'),
  hex: (value) => plain(Number.isFinite(value) ? Math.round(value).toString(16).toUpperCase() : formatNumber(value)),
  sci: (value, decimals) => plain(value.toExponential(decimals ?? 2)),
  locale: (value, decimals) =>
    plain(
      decimals === null ? value.toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: decimals }),
    ),
  // Data
  bits: scaled(1024, IEC, 'b'),
  bytes: scaled(1024, IEC, 'B'),
  kbytes: scaled(1024, IEC, 'B', 1),
  mbytes: scaled(1024, IEC, 'B', 2),
  gbytes: scaled(1024, IEC, 'B', 3),
  tbytes: scaled(1024, IEC, 'B', 4),
  decbits: scaled(1000, SI, 'b'),
  decbytes: scaled(1000, SI, 'B'),
  deckbytes: scaled(1000, SI, 'B', 1),
  decmbytes: scaled(1000, SI, 'B', 2),
  decgbytes: scaled(1000, SI, 'B', 3),
  dectbytes: scaled(1000, SI, 'B', 4),
  bps: scaled(1000, SI, 'b/s'),
  Bps: scaled(1000, SI, 'B/s'),
  binbps: scaled(1024, IEC, 'b/s'),
  binBps: scaled(1024, IEC, 'B/s'),
  KBs: scaled(1000, SI, 'B/s', 1),
  MBs: scaled(1000, SI, 'B/s', 2),
  GBs: scaled(1000, SI, 'B/s', 3),
  KiBs: scaled(1024, IEC, 'B/s', 1),
  MiBs: scaled(1024, IEC, 'B/s', 2),
  GiBs: scaled(1024, IEC, 'B/s', 3),
  Kbits: scaled(1000, SI, 'b/s', 1),
  Mbits: scaled(1000, SI, 'b/s', 2),
  Gbits: scaled(1000, SI, 'b/s', 3),
  Kbps: scaled(1000, SI, 'b/s', 1),
  Mbps: scaled(1000, SI, 'b/s', 2),
  pps: scaled(1000, SI, 'p/s'),
  // Rates
  ops: rate('ops/s'),
  reqps: rate('req/s'),
  rps: rate('reads/s'),
  wps: rate('writes/s'),
  iops: rate('io/s'),
  cps: rate('counts/s'),
  opm: rate('ops/min'),
  rpm: rate('reads/min'),
  wpm: rate('writes/min'),
  reqpm: rate('req/min'),
  // Time
  ns: duration(1e-9),
  µs: duration(1e-6),
  us: duration(1e-6),
  ms: duration(1e-3),
  s: duration(1),
  m: duration(60),
  h: duration(3_600),
  d: duration(86_400),
  dtdurations: clockWords(1),
  dtdurationms: clockWords(1e-3),
  dthms: clock,
  clocks: clock,
  clockms: (value, decimals) => clock(value / 1000, decimals),
  timeticks: (value, decimals) => duration(0.01)(value, decimals),
  dateTimeAsIso: dateTime,
  dateTimeAsLocal: dateTime,
  dateTimeAsUS: dateTime,
  dateTimeAsSystem: dateTime,
  // Physics
  celsius: suffixed(' °C'),
  fahrenheit: suffixed(' °F'),
  kelvin: suffixed(' K'),
  hertz: scaled(1000, SI, 'Hz'),
  rothz: scaled(1000, SI, 'Hz'),
  mhz: scaled(1000, SI, 'Hz', 2),
  watt: scaled(1000, SI, 'W'),
  watth: scaled(1000, SI, 'Wh'),
  kwatt: scaled(1000, SI, 'W', 1),
  joule: scaled(1000, SI, 'J'),
  amp: scaled(1000, SI, 'A'),
  volt: scaled(1000, SI, 'V'),
  ohm: scaled(1000, SI, 'Ω'),
  dB: suffixed(' dB'),
  dBm: suffixed(' dBm'),
  rotrpm: suffixed(' rpm'),
  degree: suffixed('°'),
  lengthm: scaled(1000, SI, 'm'),
  pixels: suffixed(' px'),
  // Money
  currencyUSD: (value, decimals) => ({ ...short(value, decimals), prefix: '$' }),
  currencyEUR: (value, decimals) => ({ ...short(value, decimals), prefix: '€' }),
  currencyGBP: (value, decimals) => ({ ...short(value, decimals), prefix: '£' }),
};

export function displayValue(value: number | null, unit: string, decimals: number | null = null): DisplayText {
  if (value === null || Number.isNaN(value)) return plain(value === null ? '–' : 'NaN');
  if (!Number.isFinite(value)) return plain(formatNumber(value));
  const known = UNITS[unit === '' ? 'none' : unit];
  if (known) return known(value, decimals);
  if (unit.startsWith('prefix:')) return { prefix: unit.slice(7), text: formatNumber(value, decimals), suffix: '' };
  if (unit.startsWith('currency:')) return { ...short(value, decimals), prefix: unit.slice(9) };
  if (unit.startsWith('time:')) return dateTime(value, decimals);
  if (unit.startsWith('si:')) return scaled(1000, SI, unit.slice(3))(value, decimals);
  const suffix = unit.startsWith('suffix:') ? unit.slice(7) : unit;
  return plain(formatNumber(value, decimals), ` ${suffix.trimStart()}`);
}

export function formatValue(value: number | null, unit: string, decimals: number | null = null): string {
  const { prefix, text, suffix } = displayValue(value, unit, decimals);
  return `${prefix}${text}${suffix}`;
}

/** Units counted in powers of 1024, whose axes want round binary steps. */
export function isBinaryUnit(unit: string): boolean {
  return /^(?:bits|k?bytes|[mgt]bytes|binbps|binBps|[KMG]iBs)$/.test(unit);
}

export function isKnownUnit(unit: string): boolean {
  return unit in UNITS;
}
