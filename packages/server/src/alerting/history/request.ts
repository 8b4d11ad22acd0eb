import type { AlertHistoryState } from '@vedette/wire/http';
import type { UnixMs } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import type { Matcher } from '../../model/matcher.ts';
import { parseFilter } from './filter.ts';

export const LIMIT_DEFAULT = 200;
export const LIMIT_MAX = 5_000;
/** Looked at when no `start` is given. */
const RANGE_DEFAULT_MS = 7 * 86_400_000;
const FILTERS_MAX = 20;

const STATES: readonly AlertHistoryState[] = [
  'pending',
  'firing',
  'resolved',
  'notified',
  'not-delivered',
  'muted',
  'unmuted',
  'acknowledged',
  'unacknowledged',
];

export interface HistoryRequest {
  /** Both included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly Matcher[];
  /** Empty: all. */
  readonly states: readonly AlertHistoryState[];
  readonly fingerprint: string | undefined;
  /** Value of `alertname`. */
  readonly rule: string | undefined;
  readonly group: string | undefined;
  readonly receiver: string | undefined;
  readonly limit: number;
  readonly cursor: HistoryCursor | undefined;
}

/** Only events before this one. */
export interface HistoryCursor {
  readonly atMs: number;
  readonly seq: number;
}

/** Reads the parameters of a request. Throws QUERY_BAD_PARAMETER. */
export function historyRequest(query: unknown, now: UnixMs): HistoryRequest {
  const given = new Parameters(query);
  const endMs = given.time('end', now) ?? now;
  const startMs = given.time('start', now) ?? endMs - RANGE_DEFAULT_MS;
  if (startMs > endMs) throw bad('start', 'is after "end"');
  const filters = given.list('filter');
  if (filters.length > FILTERS_MAX) throw bad('filter', `is given more than ${FILTERS_MAX} times`);
  const states = given.list('state').flatMap((text) => text.split(','));
  const unknown = states.find((state) => !STATES.includes(state as AlertHistoryState));
  if (unknown !== undefined) throw bad('state', `must be some of ${STATES.join(', ')}`);
  const fingerprint = given.one('fingerprint');
  if (fingerprint !== undefined && !/^[0-9a-f]{16}$/.test(fingerprint))
    throw bad('fingerprint', 'must be 16 hex digits');
  return {
    startMs,
    endMs,
    matchers: filters.map(parseFilter),
    states: states as AlertHistoryState[],
    fingerprint,
    rule: given.one('rule'),
    group: given.one('group'),
    receiver: given.one('receiver'),
    limit: given.whole('limit', LIMIT_DEFAULT, 1, LIMIT_MAX),
    cursor: cursorOf(given.one('cursor')),
  };
}

export function cursorText({ atMs, seq }: HistoryCursor): string {
  return `${atMs}-${seq}`;
}

function cursorOf(text: string | undefined): HistoryCursor | undefined {
  if (text === undefined) return undefined;
  const [, at, seq] = /^(\d{1,15})-(\d{1,10})$/.exec(text) ?? [];
  if (at === undefined || seq === undefined || Number(seq) >= 2 ** 32)
    throw bad('cursor', 'must be what "next" of an answer was');
  return { atMs: Number(at), seq: Number(seq) };
}

/** Query parameters of one request; each name may come once unless it is a list. */
export class Parameters {
  readonly #given: ReadonlyMap<string, unknown>;

  constructor(query: unknown) {
    this.#given = new Map(typeof query === 'object' && query !== null ? Object.entries(query) : []);
  }

  one(name: string): string | undefined {
    const value = this.#given.get(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw bad(name, 'must be given once');
    return value;
  }

  list(name: string): readonly string[] {
    const value = this.#given.get(name);
    const all: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return all.map(String).filter((text) => text !== '');
  }

  whole(name: string, byDefault: number, min: number, max: number): number {
    const text = this.one(name);
    if (text === undefined) return byDefault;
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw bad(name, `must be a whole number from ${min} to ${max}`);
    return value;
  }

  /** Milliseconds: RFC 3339, seconds since the epoch, or a duration back from now. */
  time(name: string, now: UnixMs): number | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const seconds = Number(text);
    if (Number.isFinite(seconds)) return checked(name, Math.floor(seconds * 1000));
    const agoMs = parseDuration(text);
    if (agoMs !== undefined) return checked(name, now - agoMs);
    const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
    return checked(name, atMs);
  }
}

/** What DateTime64(3) of the table holds. */
const TIME_MAX_MS = Date.UTC(2200, 0, 1);

function checked(name: string, atMs: number): number {
  if (!(atMs >= 0 && atMs <= TIME_MAX_MS))
    throw bad(name, 'must be RFC 3339, seconds since 1970, or a duration such as 6h (back from now)');
  return atMs;
}

export function bad(name: string, why: string): VedetteError {
  return new VedetteError('QUERY_BAD_PARAMETER', `parameter "${name}" ${why}`);
}
