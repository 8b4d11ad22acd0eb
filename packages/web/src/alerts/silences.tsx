import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { type Silence, expireSilence, silences } from '../api/alertmanager.ts';
import { pollFailure, words } from '../api/words.ts';
import { matchesWords } from '../format/search.ts';
import { routes } from '../routes.ts';
import { useUrlState } from '../time/url-state.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge, LabelChip, type Tone } from '../ui/badge.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Choices, SearchField } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState, ErrorBox } from '../ui/states.tsx';
import { matcherText, matchersText } from './matchers.ts';
import { SilenceForm } from './silence-form.tsx';

const POLL_MS = 10_000;
/** Rows drawn; a fleet keeps expired ones for days. */
const ROWS_MAX = 200;
const STATE_TONE: Readonly<Record<string, Tone>> = { active: 'accent', pending: 'warn', expired: 'muted' };
const STATE_ORDER = ['active', 'pending', 'expired'];

export const silencesQuery = () => ({
  queryKey: ['silences'] as const,
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => silences(signal),
  refetchInterval: POLL_MS,
});

/** `?fresh=` opens the form for new matchers, `?silence=` the form of one that exists. */
export function Silences(): ReactNode {
  const { search, change } = useUrlState();
  const all = useQuery(silencesQuery());
  const fresh = search.get('fresh');
  const id = search.get('silence');
  const known = all.data?.find((silence) => silence.id === id);
  const close = (): void => change({ fresh: null, silence: null });
  if (fresh !== null) return <SilenceForm key={fresh} initial={{ matchers: fresh }} onClose={close} />;
  if (known) {
    return (
      <SilenceForm
        key={known.id}
        initial={{
          ...(known.status.state === 'expired' ? {} : { id: known.id }),
          matchers: matchersText(known.matchers),
          comment: known.comment,
          createdBy: known.createdBy,
          endsAt: known.endsAt,
        }}
        onClose={close}
      />
    );
  }
  return (
    <Polled data={all.data} failure={pollFailure(all)} onRetry={() => void all.refetch()}>
      {(loaded) => (
        <>
          {id !== null ? (
            <ErrorBox
              title="There is no such silence"
              detail="It expired and was forgotten, or the address is wrong."
            />
          ) : null}
          <SilenceList all={loaded} />
        </>
      )}
    </Polled>
  );
}

function SilenceList({ all }: { readonly all: readonly Silence[] }): ReactNode {
  const { search, change } = useUrlState();
  const q = search.get('q') ?? '';
  const state = search.get('state') ?? '';
  const create = (
    <Link href={routes.silences({ fresh: ' ' })} className={buttonClass('primary')}>
      New silence
    </Link>
  );
  if (all.length === 0) {
    return (
      <EmptyState icon="alerts" title="No silences">
        <p className="mb-3">
          A silence keeps notifications back while somebody works on what is wrong. Alerts go on being shown; nobody is
          told.
        </p>
        {create}
      </EmptyState>
    );
  }
  const count = (wanted: string): number => all.filter((silence) => silence.status.state === wanted).length;
  const shown = all
    .filter(
      (silence) =>
        (state === '' ? silence.status.state !== 'expired' || q !== '' : silence.status.state === state) &&
        matchesWords(`${matchersText(silence.matchers)} ${silence.comment} ${silence.createdBy} ${silence.id}`, q),
    )
    .toSorted(
      (a, b) =>
        STATE_ORDER.indexOf(a.status.state) - STATE_ORDER.indexOf(b.status.state) ||
        Date.parse(a.endsAt) - Date.parse(b.endsAt),
    );
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Choices
          label="State"
          value={state}
          onChange={(value) => change({ state: value })}
          choices={[
            { value: '', label: 'Current', count: count('active') + count('pending') },
            { value: 'pending', label: 'Not begun', count: count('pending') },
            { value: 'expired', label: 'Expired', count: count('expired') },
          ]}
        />
        <SearchField
          label="Search matchers, comments and people"
          value={q}
          onChange={(event) => change({ q: event.target.value }, 'replace')}
          className="w-80"
        />
        <span className="ml-auto">{create}</span>
      </div>
      {shown.length === 0 ? <EmptyState icon="search" title="No silence matches this filter" /> : null}
      <ul className="flex flex-col gap-2">
        {shown.slice(0, ROWS_MAX).map((silence) => (
          <SilenceRow key={silence.id} silence={silence} />
        ))}
      </ul>
      {shown.length > ROWS_MAX ? (
        <p className="text-xs text-ink2">and {shown.length - ROWS_MAX} more: search to find them</p>
      ) : null}
    </>
  );
}

function SilenceRow({ silence }: { readonly silence: Silence }): ReactNode {
  const { state } = silence.status;
  return (
    <li className="flex flex-col gap-1.5 rounded-md border border-line bg-surface px-3 py-2">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={STATE_TONE[state] ?? 'muted'}>{state}</Badge>
        {silence.matchers.map((matcher) =>
          !matcher.isRegex && matcher.isEqual !== false ? (
            <LabelChip key={matcherText(matcher)} name={matcher.name} value={matcher.value} />
          ) : (
            <span
              key={matcherText(matcher)}
              className="rounded border border-line bg-raised px-1.5 font-mono text-[11px]"
            >
              {matcherText(matcher)}
            </span>
          ),
        )}
        <span className="num ml-auto text-xs text-ink2">
          {state === 'pending' ? (
            <>
              begins <Ago ms={Date.parse(silence.startsAt)} planned />
            </>
          ) : (
            <>
              {state === 'expired' ? 'ended' : 'ends'} <Ago ms={Date.parse(silence.endsAt)} planned />
            </>
          )}
        </span>
      </p>
      <p className="text-ink2">
        {silence.comment} <span className="text-ink3">by {silence.createdBy}</span>
      </p>
      <p className="flex flex-wrap items-center gap-2 text-xs">
        <Link href={routes.silences({ silence: silence.id })} className={buttonClass()}>
          {state === 'expired' ? 'Silence again' : 'Change'}
        </Link>
        {state === 'expired' ? null : <ExpireButton id={silence.id} />}
        <span className="ml-auto font-mono text-[11px] text-ink3">{silence.id}</span>
      </p>
    </li>
  );
}

function ExpireButton({ id }: { readonly id: string }): ReactNode {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const expire = async (): Promise<void> => {
    setBusy(true);
    try {
      await expireSilence(id);
      setFailure(null);
    } catch (error) {
      setFailure(words(error).detail);
    }
    setBusy(false);
    await client.invalidateQueries({ queryKey: ['silences'] });
  };
  return (
    <>
      <Button disabled={busy} onClick={() => void expire()}>
        Expire now
      </Button>
      {failure ? (
        <span role="alert" className="text-bad">
          {failure}
        </span>
      ) : null}
    </>
  );
}
