import { useInfiniteQuery } from '@tanstack/react-query';
import type { AlertHistoryEvent, AlertHistoryState } from '@vedette/wire/http';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { alertHistory } from '../api/vedette.ts';
import { pollFailure } from '../api/words.ts';
import { routes } from '../routes.ts';
import { wordsForDuration } from '../time/duration.ts';
import { formatTime, withLocalTimes } from '../time/range.ts';
import { type TimeDefaults, useTime } from '../time/time-context.tsx';
import { useUrlState } from '../time/url-state.ts';
import { Badge, LabelChip, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Choices, fieldClass } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState, ErrorBox } from '../ui/states.tsx';
import { matcherText, parseMatchers } from './matchers.ts';

const PAGE_EVENTS = 100;
export const HISTORY_DEFAULTS: TimeDefaults = { from: 'now-24h', to: 'now', refresh: '' };

const TONE: Readonly<Record<AlertHistoryState, Tone>> = {
  pending: 'warn',
  firing: 'bad',
  resolved: 'ok',
  notified: 'accent',
  'not-delivered': 'bad',
  muted: 'muted',
  unmuted: 'muted',
  acknowledged: 'ok',
  unacknowledged: 'warn',
};

/** What became of alerts, newest first: matchers, states and range are in the address. */
export function History(): ReactNode {
  const { range } = useTime();
  const { search, change } = useUrlState();
  const text = search.get('matchers') ?? '';
  const state = search.get('state') ?? '';
  const parsed = text === '' ? { ok: true as const, matchers: [] } : parseMatchers(text);
  const events = useInfiniteQuery({
    queryKey: ['alert-history', text, state, range.fromMs, range.toMs],
    queryFn: ({ signal, pageParam }) =>
      alertHistory(
        {
          matchers: parsed.ok ? parsed.matchers.map(matcherText) : [],
          startMs: range.fromMs,
          endMs: range.toMs,
          state,
          limit: PAGE_EVENTS,
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: parsed.ok,
    placeholderData: (before) => before,
  });
  const all = events.data?.pages.flatMap((page) => page.events);
  const lost = events.data?.pages[0]?.lost ?? 0;
  return (
    <>
      <Filter key={text} text={text} onFilter={(matchers) => change({ matchers })} />
      <div>
        <Choices
          label="What happened"
          value={state}
          onChange={(value) => change({ state: value })}
          choices={[
            { value: '', label: 'Everything' },
            { value: 'firing', label: 'Fired' },
            { value: 'notified', label: 'Told' },
            { value: 'not-delivered', label: 'Not delivered' },
            { value: 'acknowledged', label: 'Acknowledged' },
            { value: 'muted', label: 'Muted' },
          ]}
        />
      </div>
      {parsed.ok ? null : <ErrorBox title="These are no matchers" detail={parsed.fault} />}
      {lost > 0 ? (
        <ErrorBox
          title={`${lost} events could not be stored`}
          detail="The database did not take them in time; the log says why."
        />
      ) : null}
      <Polled data={all} failure={pollFailure(events)} onRetry={() => void events.refetch()}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="search" title="Nothing happened in this range">
              Every alert&apos;s life is kept here: pending, firing, who was told and what they answered, silenced,
              acknowledged, resolved.
            </EmptyState>
          ) : (
            <ol className="flex flex-col gap-1" aria-label="What happened, newest first">
              {list.map((event, index) => (
                <Event key={`${event.at} ${event.fingerprint} ${event.state} ${index}`} event={event} />
              ))}
            </ol>
          )
        }
      </Polled>
      {events.hasNextPage ? (
        <Button
          disabled={events.isFetchingNextPage}
          onClick={() => void events.fetchNextPage()}
          className="self-center"
        >
          Earlier
        </Button>
      ) : null}
    </>
  );
}

function Filter({ text, onFilter }: { readonly text: string; readonly onFilter: (text: string) => void }): ReactNode {
  const [draft, setDraft] = useState(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onFilter(draft.trim());
  };
  return (
    <form onSubmit={submit} className="flex gap-2" aria-label="Filter">
      <input
        aria-label="Matchers"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        placeholder='alertname="CameraOffline", site=~"north|south"'
        spellCheck={false}
        className={`${fieldClass} flex-1 font-mono text-xs`}
      />
      <Button type="submit">Show</Button>
    </form>
  );
}

function Event({ event }: { readonly event: AlertHistoryEvent }): ReactNode {
  const { alertname = 'Alert', ...labels } = event.labels;
  return (
    <li className="flex flex-wrap items-center gap-1.5 rounded-md border border-line bg-surface px-3 py-1.5">
      <time dateTime={event.at} className="num w-36 text-xs text-ink2">
        {formatTime(Date.parse(event.at))}
      </time>
      <Badge tone={TONE[event.state]}>{event.state}</Badge>
      <Link
        href={routes.alertHistory({ matchers: `alertname=${JSON.stringify(alertname)}` })}
        className="font-medium underline-offset-2 hover:underline"
      >
        {alertname}
      </Link>
      <span className="text-xs text-ink2">{wordsFor(event)}</span>
      <span className="flex flex-wrap gap-1">
        {Object.entries(labels).map(([name, value]) => (
          <LabelChip key={name} name={name} value={value} />
        ))}
      </span>
    </li>
  );
}

function wordsFor(event: AlertHistoryEvent): string {
  const { delivery, mute } = event;
  if (delivery) {
    const tries = delivery.attempts > 1 ? ` in ${delivery.attempts} attempts` : '';
    const answer = delivery.answer === '' ? '' : `: ${delivery.answer}`;
    return `${delivery.receiver} (${delivery.integration}) about ${delivery.told}${tries}${answer}`;
  }
  if (mute) return withLocalTimes(mute.text);
  if (event.state === 'resolved') {
    const from = Date.parse(event.firedAt ?? event.startsAt);
    const lasted = wordsForDuration(Date.parse(event.at) - from);
    return event.firedAt === null ? `never fired, was pending ${lasted}` : `after ${lasted}`;
  }
  const who = event.who === null ? '' : `by ${event.who}`;
  const value = event.value === null ? '' : `value ${event.value}`;
  return [who, value, event.comment].filter((part) => part !== '').join(', ');
}
