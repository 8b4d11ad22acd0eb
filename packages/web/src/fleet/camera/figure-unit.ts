import { formatNumber } from '../../format/number.ts';
import { formatValue } from '../../format/units.ts';

/** Units of figures as the server writes them → those of charts. */
const UNITS: Readonly<Record<string, string>> = {
  s: 's',
  seconds: 's',
  ms: 'ms',
  '%': 'percent',
  percent: 'percent',
  ratio: 'percentunit',
  'bit/s': 'bps',
  'bits/s': 'bps',
  bps: 'bps',
  bytes: 'decbytes',
  'bytes/s': 'Bps',
  'B/s': 'Bps',
};

/** Seconds since 1970. */
export const TIMESTAMP_UNIT = 'unix s';

/** The chart's unit; plain numbers for what has none of its own, such as frames a second. */
export function chartUnit(unit: string): string {
  return UNITS[unit] ?? 'sishort';
}

export function figureText(value: number, unit: string): string {
  const known = UNITS[unit];
  if (known !== undefined) return formatValue(value, known);
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}
