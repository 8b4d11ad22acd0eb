import type { Tone } from '../ui/badge.tsx';

/** From this share of the limit on there is reason to look. */
const WARN_SHARE = 0.8;

export interface SeriesLevel {
  readonly tone: Tone;
  readonly words: string;
  /** Of the limit, in percent; never more than 100. */
  readonly percent: number;
}

/** How near the known series are to `storage.active_series`. */
export function seriesLevel(known: number, max: number): SeriesLevel {
  const share = known / Math.max(1, max);
  const percent = Math.min(100, 100 * share);
  if (share >= 1) return { tone: 'bad', words: 'Limit reached: new series are refused', percent };
  if (share > WARN_SHARE) return { tone: 'warn', words: 'Over 80 % of the limit', percent };
  return { tone: 'ok', words: 'Within the limit', percent };
}

/** Labels that tell targets apart: dropping them would make one series of many. */
const TARGET_LABELS: ReadonlySet<string> = new Set(['instance', 'job']);

/** The lines that drop a label from all metrics of a job; undefined for a label that must stay. */
export function labeldropSnippet(label: string): string | undefined {
  if (TARGET_LABELS.has(label)) return undefined;
  const pattern = label.replace(/[\\^$*+?.()|[\]{}]/g, String.raw`\$&`);
  const text = /^\w+$/.test(pattern) ? pattern : `'${pattern.replaceAll("'", "''")}'`;
  return `metric_relabel_configs:\n  - action: labeldrop\n    regex: ${text}`;
}
