import { formatFloat } from './go-float.ts';
import { type TemplateFunction, TemplateRecord, type TemplateValue } from './values.ts';

const NANOSECOND_S = 1e-9;
/** Nanoseconds that an int64 holds; about 292 years. */
const NANOSECONDS_MAX = 2n ** 63n - 1n;

/** Go's time.Duration with the methods templates use; prints as `1h2m3.5s`. Throws an Error beyond 292 years. */
export function goDuration(seconds: number): TemplateRecord {
  if (!Number.isFinite(seconds) || Math.abs(seconds) / NANOSECOND_S > Number(NANOSECONDS_MAX))
    throw new Error(`${formatFloat(seconds, 'g')} seconds are no duration`);
  // Whole seconds and their rest apart, so that large durations keep their nanoseconds.
  const whole = Math.trunc(seconds);
  return ofNanoseconds(BigInt(whole) * 1_000_000_000n + BigInt(Math.trunc((seconds - whole) * 1e9)));
}

/** Seconds of a duration; undefined for any other value. */
export function durationSeconds(value: TemplateValue): number | undefined {
  if (!(value instanceof TemplateRecord) || value.typeName !== 'time.Duration') return undefined;
  const nanoseconds = value.fields.get('nanoseconds');
  return typeof nanoseconds === 'bigint' ? Number(nanoseconds) / 1e9 : undefined;
}

function ofNanoseconds(nanoseconds: bigint): TemplateRecord {
  const text = durationText(nanoseconds);
  const part =
    (unit: number): TemplateFunction =>
    () =>
      Number(nanoseconds) / unit;
  const whole =
    (unit: bigint): TemplateFunction =>
    () =>
      nanoseconds / unit;
  const methods = new Map<string, TemplateFunction>([
    ['String', () => text],
    ['Hours', part(3_600e9)],
    ['Minutes', part(60e9)],
    ['Seconds', part(1e9)],
    ['Milliseconds', whole(1_000_000n)],
    ['Microseconds', whole(1_000n)],
    ['Nanoseconds', whole(1n)],
    ['Abs', () => ofNanoseconds(nanoseconds < 0n ? -nanoseconds : nanoseconds)],
  ]);
  return new TemplateRecord('time.Duration', { nanoseconds }, { methods, text });
}

/** As Duration.String: `0s`, `1.5µs`, `12ms`, `1m30s`, `-2h0m0s`. */
function durationText(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return `${sign}${hours === 0n ? '' : `${hours}h`}${minutes % 60n}m${seconds}`;
}

function decimal(size: bigint, unit: bigint): string {
  const rest = String(size % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(size / unit) : `${size / unit}.${rest}`;
}
