/** Durations and sizes as Prometheus writes them. Source: Prometheus documentation, "Configuration" (`<duration>`, `<size>`). */

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DURATION_UNITS_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1] as const;
const DURATION_NAMES = ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const;

/** Milliseconds of `1d12h`, `30s`, `0`; undefined when the text is no duration. Units must descend, each at most once. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : DURATION.exec(text);
  if (!match) return undefined;
  let totalMs = 0;
  for (const [i, unitMs] of DURATION_UNITS_MS.entries()) {
    totalMs += Number(match[i + 1] ?? 0) * unitMs;
  }
  return Number.isSafeInteger(totalMs) ? totalMs : undefined;
}

/** The shortest Prometheus spelling: 90 000 → `1m30s`, 0 → `0s`. Years, weeks and days only when they divide exactly. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = Math.abs(Math.round(ms));
  let text = ms < 0 ? '-' : '';
  for (const [i, unitMs] of DURATION_UNITS_MS.entries()) {
    const name = DURATION_NAMES[i];
    const exactOnly = i < 3;
    if (rest < unitMs || (exactOnly && rest % unitMs !== 0)) continue;
    text += `${Math.floor(rest / unitMs)}${name}`;
    rest %= unitMs;
  }
  return text;
}

const SIZE = /^(\d+(?:\.\d+)?)(B|KB|KiB|MB|MiB|GB|GiB|TB|TiB|PB|PiB|EB|EiB)$/i;
const SIZE_STEPS = ['B', 'K', 'M', 'G', 'T', 'P', 'E'];

/** Bytes of `512MB`, `1GiB`, `0`; both spellings are powers of 1024, as in Prometheus. Undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  if (text === '0') return 0;
  const match = SIZE.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  const step = SIZE_STEPS.indexOf(match[2][0]?.toUpperCase() ?? 'B');
  return Math.round(Number(match[1]) * 1024 ** step);
}

/** The largest unit that divides exactly: 10 485 760 → `10MB`, 1 000 → `1000B`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value !== 0 && value % 1024 === 0 && step < SIZE_STEPS.length - 1) {
    value /= 1024;
    step++;
  }
  return bytes === 0 ? '0' : `${value}${SIZE_STEPS[step]}${step === 0 ? '' : 'B'}`;
}
