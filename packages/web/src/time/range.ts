import { wordsForDuration } from './duration.ts';
import { resolveTime } from './relative.ts';

/** A range as written in the address: each end relative (`now-1h`) or absolute (Unix milliseconds). */
export interface RawRange {
  readonly from: string;
  readonly to: string;
}

export interface ResolvedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const DEFAULT_RANGE: RawRange = { from: 'now-1h', to: 'now' };

export const QUICK_RANGES: readonly (RawRange & { readonly label: string })[] = [
  ['now-5m', 'Last 5 minutes'],
  ['now-15m', 'Last 15 minutes'],
  ['now-30m', 'Last 30 minutes'],
  ['now-1h', 'Last hour'],
  ['now-3h', 'Last 3 hours'],
  ['now-6h', 'Last 6 hours'],
  ['now-12h', 'Last 12 hours'],
  ['now-24h', 'Last 24 hours'],
  ['now-2d', 'Last 2 days'],
  ['now-7d', 'Last 7 days'],
  ['now-30d', 'Last 30 days'],
  ['now-90d', 'Last 90 days'],
].map(([from = '', label = '']) => ({ from, to: 'now', label }));

export const REFRESH_CHOICES = ['', '5s', '10s', '30s', '1m', '5m', '15m'] as const;

/** Shorter than this draws nothing useful and divides by almost zero. */
const RANGE_MS_MIN = 1_000;

/** Null when an end cannot be read or the range does not run forwards. */
export function resolveRange(raw: RawRange, nowMs: number): ResolvedRange | null {
  const fromMs = resolveTime(raw.from, nowMs, 'from');
  const toMs = resolveTime(raw.to, nowMs, 'to');
  if (fromMs === null || toMs === null || toMs - fromMs < RANGE_MS_MIN) return null;
  return { fromMs, toMs };
}

export function formatTime(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** A sentence of the server with its RFC 3339 times as they are shown everywhere else. */
export function withLocalTimes(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g, (time) => formatTime(Date.parse(time)));
}

export function describeRange(raw: RawRange, nowMs: number): string {
  const quick = QUICK_RANGES.find((range) => range.from === raw.from && range.to === raw.to);
  if (quick) return quick.label;
  const range = resolveRange(raw, nowMs);
  if (!range) return `${raw.from} to ${raw.to}`;
  if (raw.to === 'now' && raw.from.startsWith('now')) return `Last ${wordsForDuration(range.toMs - range.fromMs)}`;
  return `${formatTime(range.fromMs)} to ${formatTime(range.toMs)}`;
}

/** The range moved by a part of its length, absolute. */
export function shiftRange(range: ResolvedRange, factor: number): RawRange {
  const shift = Math.round((range.toMs - range.fromMs) * factor);
  return { from: String(Math.round(range.fromMs + shift)), to: String(Math.round(range.toMs + shift)) };
}

/** Twice as long around the same middle, absolute. */
export function zoomOut(range: ResolvedRange): RawRange {
  const half = Math.round((range.toMs - range.fromMs) / 2);
  return { from: String(Math.round(range.fromMs - half)), to: String(Math.round(range.toMs + half)) };
}

/** `3 min ago` style, for instants in lists. */
export function ago(ms: number, nowMs: number): string {
  if (!Number.isFinite(ms) || ms <= 0) return 'never';
  const age = nowMs - ms;
  if (Math.abs(age) < 1_000) return 'just now';
  return age > 0 ? `${wordsForDuration(age)} ago` : `in ${wordsForDuration(-age)}`;
}
