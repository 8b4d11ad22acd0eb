const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/** Reads `90s`, `1h30m`, `500ms`; null for anything else. A month counts 30 days, a year 365. */
export function parseDurationMs(text: string): number | null {
  const trimmed = text.trim();
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdwMy]))+$/.test(trimmed)) return null;
  let sum = 0;
  for (const part of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMy])/g))
    sum += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? 0);
  return sum;
}

const LARGEST_FIRST = ['d', 'h', 'm', 's', 'ms'] as const;

/** Writes a PromQL duration without rounding: 5400000 → `1h30m`. */
export function formatDurationMs(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  if (rest === 0) return '0s';
  let text = '';
  for (const unit of LARGEST_FIRST) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** For reading, two parts at most: `3 d 4 h`, `12 s`, `350 ms`. */
export function wordsForDuration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1) return size === 0 ? '0 s' : `${size.toFixed(2)} ms`;
  if (size < 1_000) return `${Math.round(size)} ms`;
  if (size < 10_000) return `${(size / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  const rounded = Math.round(size / 1000) * 1000;
  const parts: string[] = [];
  let rest = rounded;
  for (const unit of LARGEST_FIRST) {
    const unitMs = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    rest -= count * unitMs;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
