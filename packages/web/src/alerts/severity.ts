import type { Tone } from '../ui/badge.tsx';

export const SEVERITY_TONE: Readonly<Record<string, Tone>> = {
  emergency: 'bad',
  critical: 'bad',
  page: 'bad',
  error: 'bad',
  high: 'bad',
  warning: 'warn',
  info: 'accent',
};

/** Most severe first; others come last. */
export const SEVERITY_ORDER = Object.keys(SEVERITY_TONE);
