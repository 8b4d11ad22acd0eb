import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { alertsMatching, saveSilence } from '../api/alertmanager.ts';
import { words } from '../api/words.ts';
import { routes } from '../routes.ts';
import { formatDurationMs, parseDurationMs } from '../time/duration.ts';
import { LabelChip } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { fieldClass } from '../ui/field.tsx';
import { ErrorBox } from '../ui/states.tsx';
import { matcherText, parseMatchers } from './matchers.ts';

export interface SilenceFormStart {
  /** Of the silence that is changed; a new one without. */
  readonly id?: string;
  readonly matchers: string;
  readonly comment?: string;
  readonly createdBy?: string;
  readonly endsAt?: string;
}

const LENGTHS = ['30m', '2h', '8h', '1d', '1w'];
const PREVIEW_MAX = 50;
const NAME_KEY = 'vedette.silence.createdBy';

/** Matchers, how long, why; and, while they are typed, the alerts that would be silenced. */
export function SilenceForm({
  initial,
  onClose,
}: {
  readonly initial: SilenceFormStart;
  readonly onClose: () => void;
}): ReactNode {
  const [matchers, setMatchers] = useState(initial.matchers.trim());
  const [length, setLength] = useState(() => remaining(initial.endsAt) ?? '2h');
  const [createdBy, setCreatedBy] = useState(initial.createdBy ?? localStorage.getItem(NAME_KEY) ?? '');
  const [comment, setComment] = useState(initial.comment ?? '');
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const parsed = parseMatchers(matchers);
  const lengthMs = parseDurationMs(length);
  const ready = parsed.ok && lengthMs !== null && lengthMs > 0 && createdBy.trim() !== '' && comment.trim() !== '';

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    try {
      localStorage.setItem(NAME_KEY, createdBy.trim());
      await saveSilence({
        ...(initial.id === undefined ? {} : { id: initial.id }),
        matchers: parsed.matchers,
        ...fromNow(lengthMs),
        createdBy: createdBy.trim(),
        comment: comment.trim(),
      });
      await client.invalidateQueries({ queryKey: ['silences'] });
      navigate(routes.silences());
    } catch (error) {
      setFailure(words(error).detail);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void save(event)} className="flex max-w-3xl flex-col gap-3" aria-label="Silence">
      <h2 className="text-base font-semibold">{initial.id === undefined ? 'New silence' : 'Change the silence'}</h2>
      <Labelled label="Matchers" hint='Alerts that match all of them: alertname="CameraOffline", site=~"north|south"'>
        {(id) => (
          <textarea
            id={id}
            // The first thing to write; the form was asked for.
            autoFocus={initial.matchers.trim() === ''}
            value={matchers}
            onChange={(event) => setMatchers(event.target.value)}
            rows={2}
            spellCheck={false}
            className={`${fieldClass} h-auto w-full py-1.5 font-mono text-xs`}
          />
        )}
      </Labelled>
      {parsed.ok ? (
        <Preview matchers={parsed.matchers.map(matcherText)} />
      ) : (
        <p className={`text-xs ${matchers === '' ? 'text-ink3' : 'text-bad'}`}>{parsed.fault}</p>
      )}
      <Labelled label="For how long, from now" hint="30m, 8h, 1d12h">
        {(id) => (
          <span className="flex flex-wrap items-center gap-1">
            <input
              id={id}
              value={length}
              onChange={(event) => setLength(event.target.value)}
              aria-invalid={lengthMs === null}
              className={`${fieldClass} w-28`}
            />
            {LENGTHS.map((text) => (
              <Button
                key={text}
                look="plain"
                aria-pressed={text === length}
                onClick={() => setLength(text)}
                className="aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-ink"
              >
                {text}
              </Button>
            ))}
          </span>
        )}
      </Labelled>
      <Labelled label="Your name">
        {(id) => (
          <input
            id={id}
            value={createdBy}
            onChange={(event) => setCreatedBy(event.target.value)}
            className={`${fieldClass} w-64`}
          />
        )}
      </Labelled>
      <Labelled label="Why">
        {(id) => (
          <input
            id={id}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
            className={`${fieldClass} w-full`}
          />
        )}
      </Labelled>
      {failure ? <ErrorBox title="The silence was refused" detail={failure} /> : null}
      <p className="flex gap-2">
        <Button type="submit" look="primary" disabled={!ready || busy}>
          Silence
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </p>
    </form>
  );
}

function Labelled({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string) => ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children(id)}
      {hint ? <span className="text-xs text-ink3">{hint}</span> : null}
    </div>
  );
}

/** The active alerts that the matchers fit at this moment. */
function Preview({ matchers }: { readonly matchers: readonly string[] }): ReactNode {
  const found = useQuery({
    queryKey: ['alerts-matching', ...matchers],
    queryFn: ({ signal }) => alertsMatching(matchers, signal),
    retry: false,
    placeholderData: (before) => before,
  });
  if (found.error) return <p className="text-xs text-bad">{words(found.error).detail}</p>;
  if (!found.data) return <p className="text-xs text-ink3">Looking for alerts that match …</p>;
  const { length } = found.data;
  return (
    <section aria-label="Alerts that match" className="rounded-md border border-line bg-surface px-3 py-2">
      <h3 className="text-xs font-medium text-ink2" role="status">
        {length === 0
          ? 'No active alert matches now; those that come later will be silenced.'
          : `${length} active ${length === 1 ? 'alert matches' : 'alerts match'} now`}
      </h3>
      <ul className="mt-1 flex flex-col gap-1">
        {found.data.slice(0, PREVIEW_MAX).map((alert) => (
          <li key={alert.fingerprint} className="flex flex-wrap gap-1">
            {Object.entries(alert.labels).map(([name, value]) => (
              <LabelChip key={name} name={name} value={value} />
            ))}
          </li>
        ))}
      </ul>
      {length > PREVIEW_MAX ? <p className="text-xs text-ink3">and {length - PREVIEW_MAX} more</p> : null}
    </section>
  );
}

function fromNow(lengthMs: number): { readonly startsAt: string; readonly endsAt: string } {
  const nowMs = Date.now();
  return { startsAt: new Date(nowMs).toISOString(), endsAt: new Date(nowMs + lengthMs).toISOString() };
}

/** What is left of a silence, in words that the field reads; undefined when nothing is. */
function remaining(endsAt: string | undefined): string | undefined {
  if (endsAt === undefined) return undefined;
  const leftMs = Math.round((Date.parse(endsAt) - Date.now()) / 60_000) * 60_000;
  return leftMs > 0 ? formatDurationMs(leftMs) : undefined;
}
