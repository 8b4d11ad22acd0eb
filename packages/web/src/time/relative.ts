import { parseDurationMs } from './duration.ts';

type Side = 'from' | 'to';

/**
 * Reads one end of a range: `now`, `now-6h`, `now-1d/d` (rounded to the day: its start for `from`, its last millisecond for
 * `to`), Unix milliseconds, or an ISO date. Null when it is none of these.
 */
export function resolveTime(text: string, nowMs: number, side: Side): number | null {
  const trimmed = text.trim();
  if (/^\d{10,}$/.test(trimmed)) return trimmed.length <= 10 ? Number(trimmed) * 1000 : Number(trimmed);
  if (!trimmed.startsWith('now')) {
    const parsed = /^\d{4}-\d{2}/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
    return Number.isNaN(parsed) ? null : parsed;
  }
  const match = /^now((?:[+-]\d+(?:ms|[smhdwMy]))*)(?:\/([smhdwMy]))?$/.exec(trimmed.replaceAll(' ', ''));
  if (!match) return null;
  let ms = nowMs;
  for (const part of (match[1] ?? '').matchAll(/([+-])(\d+(?:ms|[smhdwMy]))/g)) {
    ms += (part[1] === '-' ? -1 : 1) * (parseDurationMs(part[2] ?? '') ?? 0);
  }
  return match[2] ? round(ms, match[2], side) : ms;
}

/** Calendar rounding in the browser's time zone. */
function round(ms: number, unit: string, side: Side): number {
  const date = new Date(ms);
  const next = side === 'to' ? 1 : 0;
  switch (unit) {
    case 's':
    case 'm':
    case 'h': {
      const size = parseDurationMs(`1${unit}`) ?? 1;
      return (Math.floor(ms / size) + next) * size - next;
    }
    case 'd':
      return new Date(date.getFullYear(), date.getMonth(), date.getDate() + next).getTime() - next;
    case 'w': {
      const monday = date.getDate() - ((date.getDay() + 6) % 7);
      return new Date(date.getFullYear(), date.getMonth(), monday + 7 * next).getTime() - next;
    }
    case 'M':
      return new Date(date.getFullYear(), date.getMonth() + next, 1).getTime() - next;
    default:
      return new Date(date.getFullYear() + next, 0, 1).getTime() - next;
  }
}
