/** Decimals that keep about three significant digits. */
export function autoDecimals(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(size) || size >= 100 || Number.isInteger(value)) return 0;
  if (size >= 10) return 1;
  if (size >= 1) return 2;
  return Math.min(6, 2 - Math.floor(Math.log10(size)));
}

/** Fixed decimals when asked for, otherwise about three digits without trailing zeros. */
export function formatNumber(value: number, decimals: number | null = null): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '−∞';
  if (decimals !== null) return minus(value.toFixed(Math.min(20, Math.max(0, decimals))));
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e15 || size < 1e-6)) return minus(value.toExponential(2));
  const text = value.toFixed(autoDecimals(value));
  return minus(text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

const minus = (text: string): string => (/^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '−'));
