/**
 * A label value that is a number (`le`, `quantile`), always in one spelling and never looking like an integer: `1.0`, `0.25`, `1e+06`,
 * `+Inf`. Prometheus 3 brings the values of every format into it, so that all name the same series.
 */
export function floatLabelText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (value === 0) return '0.0';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  // Go's shortest form: exponents below -4 and from 6 on are written as such, with two digits at least.
  if (exponent < -4 || exponent >= 6) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
