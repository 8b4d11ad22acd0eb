const HOUR_MS = 3_600_000;

/**
 * How busy the streets are at a moment, 0 to 1 by UTC: quiet nights, a peak at eight, a broader one at half past five, weekends later and
 * flatter.
 */
export function trafficShape(atMs: number): number {
  const hour = (atMs / HOUR_MS) % 24;
  const bell = (at: number, width: number): number => {
    const away = Math.min(Math.abs(hour - at), 24 - Math.abs(hour - at));
    return Math.exp(-0.5 * (away / width) ** 2);
  };
  if (isWeekend(atMs)) return 0.08 + 0.55 * bell(14, 4) + 0.12 * bell(21, 2);
  return 0.08 + 0.5 * bell(8, 1.4) + 0.42 * bell(13, 3.5) + 0.55 * bell(17.5, 1.8);
}

/** People at their desks, 0 to 1: sessions, uploads, requests of the pages. */
export function officeShape(atMs: number): number {
  const hour = (atMs / HOUR_MS) % 24;
  const day = 1 / (1 + Math.exp(-(hour - 7.5) * 1.6)) / (1 + Math.exp((hour - 18) * 1.2));
  return (isWeekend(atMs) ? 0.3 : 1) * (0.12 + 0.88 * day);
}

/** The epoch began on a Thursday. */
function isWeekend(atMs: number): boolean {
  const day = Math.floor(atMs / (24 * HOUR_MS) + 4) % 7;
  return day === 0 || day === 6;
}
