/** A float as Go's strconv.FormatFloat(v, 'f', -1, 64) writes it: shortest digits, never an exponent; `+Inf`, `-Inf`, `NaN`. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  return text.includes('e') ? expand(text) : text;
}

/** A sample value as Prometheus' JSON writes it: as above, but with an exponent of two or more digits below 1e-6 and from 1e21 on. */
export function formatSampleValue(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && magnitude < Infinity && (magnitude < 1e-6 || magnitude >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return formatFloat(value);
}

/** As %g writes it with the shortest digits: an exponent below 1e-4 and from 1e21 on, of at least two digits. */
export function formatGeneral(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && magnitude < Infinity && (magnitude < 1e-4 || magnitude >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return formatFloat(value);
}

/** As %.2g writes it: two significant digits without trailing zeros, an exponent below 1e-4 and from 100 on. */
export function formatTwoDigits(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(1).split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 2) return formatFloat(Number(value.toPrecision(2)));
  const sign = power < 0 ? '-' : '+';
  return `${Number(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

function expand(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const digits = `${match[2]}${match[3] ?? ''}`;
  const exponent = Number(match[4]);
  const sign = match[1] ?? '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, '0');
}
