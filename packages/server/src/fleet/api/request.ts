import { VedetteError } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';

/** Parameters of one request by name. Values come once, or the first counts not at all. */
export function oneOf(query: unknown, name: string): string | undefined {
  const value =
    typeof query === 'object' && query !== null ? (query as Readonly<Record<string, unknown>>)[name] : undefined;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw badParameter(name, 'must be given once');
  return value;
}

/** What DateTime64(3) of the tables holds. */
const TIME_MAX_MS = Date.UTC(2200, 0, 1);

/** Milliseconds: RFC 3339, seconds since the epoch, or a duration back from now. Throws QUERY_BAD_PARAMETER. */
export function timeOf(query: unknown, name: string, nowMs: number): number | undefined {
  const text = oneOf(query, name);
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const agoMs = parseDuration(text);
  const atMs = Number.isFinite(seconds)
    ? Math.floor(seconds * 1_000)
    : agoMs !== undefined
      ? nowMs - agoMs
      : /^\d{4}-\d{2}-\d{2}/.test(text)
        ? Date.parse(text)
        : Number.NaN;
  if (!(atMs >= 0 && atMs <= TIME_MAX_MS))
    throw badParameter(name, 'must be RFC 3339, seconds since 1970, or a duration such as 6h (back from now)');
  return atMs;
}

export function wholeOf(query: unknown, name: string, min: number, max: number): number | undefined {
  const text = oneOf(query, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw badParameter(name, `must be a whole number from ${min} to ${max}`);
  return value;
}

/** `from` and `to`, both optional. */
export function windowOf(
  query: unknown,
  nowMs: number,
  { defaultMs, maxMs }: { readonly defaultMs: number; readonly maxMs: number },
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = timeOf(query, 'to', nowMs) ?? nowMs;
  const fromMs = timeOf(query, 'from', nowMs) ?? toMs - defaultMs;
  if (fromMs > toMs) throw badParameter('from', 'is after "to"');
  if (toMs - fromMs > maxMs)
    throw badParameter('from', `is more than ${Math.round(maxMs / 86_400_000)} days before "to"; ask in parts`);
  return { fromMs, toMs };
}

export function badParameter(name: string, why: string): VedetteError {
  return new VedetteError('QUERY_BAD_PARAMETER', `parameter "${name}" ${why}`);
}
