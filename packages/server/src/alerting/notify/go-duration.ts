import { z } from 'zod';
import { parseDuration } from '../../base/units.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Longest text that is looked at. */
const DURATION_CHARS_MAX = 64;

/** Milliseconds of `1.5s` or `1h0m0s`, as Go's time.ParseDuration reads it, or of a Prometheus duration such as `1d`. */
export function parseGoDuration(text: string): number | undefined {
  if (text.length > DURATION_CHARS_MAX) return undefined;
  if (!DURATION.test(text)) return parseDuration(text);
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  return Math.round(totalMs);
}

/** A duration of Alertmanager's receivers in the file, milliseconds in memory; 0 is allowed. */
export const goDurationMs = z
  .string({ error: 'must be a duration such as 10s, 1.5s or 1m30s' })
  .transform((text, context) => {
    const ms = parseGoDuration(text);
    if (ms !== undefined && Number.isSafeInteger(ms)) return ms;
    context.addIssue({ code: 'custom', message: `not a valid duration: "${text}"; write it as 10s, 1.5s or 1m30s` });
    return z.NEVER;
  })
  .meta({ unit: 'duration' });
