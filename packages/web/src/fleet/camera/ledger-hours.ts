import type { LedgerAnswer } from '@vedette/wire/http';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

type Gap = LedgerAnswer['gaps'][number];

export interface LedgerHour {
  readonly fromMs: number;
  /** Minutes of this hour that lie inside the window. */
  readonly minutes: number;
  /** Expected and not there, as somebody told. */
  readonly missing: number;
  /** Expected, and nobody told whether it is there. */
  readonly untold: number;
  /** Not expected, or known to be worked on. */
  readonly excused: number;
  readonly gaps: readonly Gap[];
}

export interface LedgerDay {
  /** Midnight in the browser's time zone. */
  readonly dayMs: number;
  /** By the hour of the day, 0 to 23; undefined outside the window. An hour that comes twice when clocks change is one. */
  readonly hours: readonly (LedgerHour | undefined)[];
}

export type GapSort = 'missing' | 'untold' | 'excused';

/** What nobody has to explain is excused; what nobody told of is no loss yet. */
export function sortOf(kind: Gap['kind']): GapSort {
  if (kind === 'maintenance' || kind === 'schedule') return 'excused';
  return kind === undefined || kind === 'unknown' ? 'untold' : 'missing';
}

/** The window cut into hours of days. A gap that covers a part of its stretch only is spread evenly over it. */
export function ledgerDays(ledger: LedgerAnswer): readonly LedgerDay[] {
  const days = new Map<number, (LedgerHour | undefined)[]>();
  let at = new Date(ledger.fromMs).setMinutes(0, 0, 0);
  for (; at < ledger.toMs; at += HOUR_MS) {
    const from = Math.max(at, ledger.fromMs);
    const to = Math.min(at + HOUR_MS, ledger.toMs);
    if (to <= from) continue;
    const gaps = ledger.gaps.filter((gap) => gap.fromMs < to && gap.toMs > from);
    const minutesOf = (what: GapSort): number =>
      gaps.filter(({ kind }) => sortOf(kind) === what).reduce((sum, gap) => sum + share(gap, from, to), 0);
    const dayMs = new Date(at).setHours(0, 0, 0, 0);
    const hours = days.get(dayMs) ?? [];
    days.set(dayMs, hours);
    const hour = new Date(at).getHours();
    const twin = hours[hour];
    hours[hour] = {
      fromMs: twin?.fromMs ?? from,
      minutes: (twin?.minutes ?? 0) + (to - from) / MINUTE_MS,
      missing: (twin?.missing ?? 0) + minutesOf('missing'),
      untold: (twin?.untold ?? 0) + minutesOf('untold'),
      excused: (twin?.excused ?? 0) + minutesOf('excused'),
      gaps: [...(twin?.gaps ?? []), ...gaps],
    };
  }
  return [...days].map(([dayMs, hours]) => ({ dayMs, hours: Array.from({ length: 24 }, (_, i) => hours[i]) }));
}

function share(gap: Gap, fromMs: number, toMs: number): number {
  const overlap = Math.min(gap.toMs, toMs) - Math.max(gap.fromMs, fromMs);
  return gap.minutes * (overlap / Math.max(1, gap.toMs - gap.fromMs));
}
