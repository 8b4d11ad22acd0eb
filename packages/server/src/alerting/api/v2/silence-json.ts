import type { GettableSilence } from '@vedette/wire/http';
import type { UnixMs } from '../../../base/clock.ts';
import type { Matcher } from '../../../model/matcher.ts';
import type { Silence, SilenceState, SilenceStore } from '../../ports.ts';
import { dateTime } from './date-time.ts';
import { type Query, filters } from './parameters.ts';

export function silenceJson(silence: Silence, state: SilenceState): GettableSilence {
  const { annotations } = silence;
  return {
    id: silence.id,
    status: { state },
    updatedAt: dateTime(silence.updatedAtMs),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: dateTime(silence.endsAtMs),
    matchers: silence.matchers.map(({ name, operator, value }) => ({
      isEqual: operator === '=' || operator === '=~',
      isRegex: operator === '=~' || operator === '!~',
      name,
      value,
    })),
    startsAt: dateTime(silence.startsAtMs),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

const STATES: readonly SilenceState[] = ['active', 'pending', 'expired'];

/**
 * `GET /silences`: active ones by their end, pending by their beginning, expired by their end, newest first. A filter keeps silences
 * that have that very matcher. Throws ParameterFault. Source: Alertmanager, api/v2, SortSilences.
 */
export function listSilences(store: SilenceStore, query: Query, at: UnixMs): readonly GettableSilence[] {
  const wanted = filters(query);
  const keyOf: Record<SilenceState, (silence: Silence) => number> = {
    active: ({ endsAtMs }) => endsAtMs,
    pending: ({ startsAtMs }) => startsAtMs,
    expired: ({ endsAtMs }) => -endsAtMs,
  };
  return store
    .list()
    .filter(({ matchers }) => wanted.every((filter) => matchers.some((matcher) => isSame(filter, matcher))))
    .map((silence) => ({ silence, state: store.state(silence, at) }))
    .sort(
      (a, b) =>
        STATES.indexOf(a.state) - STATES.indexOf(b.state) || keyOf[a.state](a.silence) - keyOf[b.state](b.silence),
    )
    .map(({ silence, state }) => silenceJson(silence, state));
}

function isSame(a: Matcher, b: Matcher): boolean {
  return a.name === b.name && a.operator === b.operator && a.value === b.value;
}
