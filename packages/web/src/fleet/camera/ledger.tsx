import type { LedgerAnswer } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { cameraLedger } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { formatNumber } from '../../format/number.ts';
import { formatTime } from '../../time/range.ts';
import { useTime } from '../../time/time-context.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Polled } from '../../ui/polled.tsx';
import { Section } from '../section.tsx';
import { kindWords } from '../states.ts';
import { type GapSort, type LedgerHour, ledgerDays, sortOf } from './ledger-hours.ts';

const DAY_MS = 86_400_000;
/** A ledger of minutes would only be dots beyond a month. */
const WINDOW_MS_MAX = 31 * DAY_MS;
const GAPS_FIRST = 6;
const GAPS_MAX = 300;
const MINUTE_MS = 60_000;
/** Of the minutes that were expected. */
const UNTOLD_PART = 0.9;

/** Minutes that were recorded, hour by hour, and why others were not: of the page's range, a day at least and a month at most. */
export function Ledger({ id }: { readonly id: string }): ReactNode {
  const { range } = useTime();
  const length = Math.min(WINDOW_MS_MAX, Math.max(DAY_MS, range.toMs - range.fromMs));
  // Whole minutes: the same question a moment later has the same answer.
  const toMs = Math.ceil(range.toMs / MINUTE_MS) * MINUTE_MS;
  const window = { fromMs: toMs - length, toMs };
  const asked = useQuery({
    queryKey: ['camera-ledger', id, window.fromMs, window.toMs],
    queryFn: ({ signal }) => cameraLedger(id, window, signal),
    placeholderData: (before) => before,
  });
  return (
    <Section title="Recorded minutes">
      <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
        {(ledger) => <LedgerBody ledger={ledger} />}
      </Polled>
    </Section>
  );
}

function LedgerBody({ ledger }: { readonly ledger: LedgerAnswer }): ReactNode {
  const expected = Math.round(ledger.expectedMinutes);
  const recorded = Math.round(ledger.recordedMinutes);
  const untold = ledger.gaps.filter(({ kind }) => sortOf(kind) === 'untold').toSorted((a, b) => b.minutes - a.minutes);
  // Nobody records it, or nobody tells: hours of nothing say less than one sentence.
  if (recorded === 0 && untold.reduce((sum, { minutes }) => sum + minutes, 0) >= expected * UNTOLD_PART)
    return <p className="text-ink2">{untold[0]?.reason ?? 'Nothing was expected'}.</p>;
  // Rounded down: 100 % is every minute.
  const percent = expected > 0 ? Math.floor((recorded / expected) * 10_000) / 100 : 100;
  return (
    <>
      <p>
        <span className="num text-[15px] font-semibold">{formatNumber(percent)} %</span>{' '}
        <span className="num text-ink2">
          {recorded.toLocaleString('en')} of {expected.toLocaleString('en')} expected minutes are recorded
        </span>
      </p>
      <Hours ledger={ledger} />
      <Gaps ledger={ledger} />
    </>
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

function Hours({ ledger }: { readonly ledger: LedgerAnswer }): ReactNode {
  const days = ledgerDays(ledger);
  return (
    <div className="relative overflow-x-auto">
      <table className="w-full min-w-[34rem] table-fixed border-separate border-spacing-[2px]">
        <caption className="sr-only">Minutes that are missing, by day and hour; the list below says why</caption>
        <thead className="num text-[10px] text-ink3">
          <tr>
            <th className="w-20" />
            {HOURS.map((hour) => (
              <th key={hour} scope="col" className="font-normal">
                {hour % 3 === 0 ? String(hour).padStart(2, '0') : <span className="sr-only">{hour}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.dayMs}>
              <th scope="row" className="num text-left text-[11px] font-normal whitespace-nowrap text-ink2">
                {formatTime(day.dayMs).slice(0, 10)}
              </th>
              {day.hours.map((hour, index) => (
                <Cell key={HOURS[index]} hour={hour} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Filled from below by what is missing, so that an hour is told without colour, too. */
function Cell({ hour }: { readonly hour: LedgerHour | undefined }): ReactNode {
  if (!hour) return <td className="h-5" />;
  const missing = Math.round(hour.missing);
  const untold = Math.round(hour.untold);
  const excused = Math.round(hour.excused);
  const why = hour.gaps.map(({ reason }) => reason).join('\n');
  const text = [
    `${formatTime(hour.fromMs).slice(11, 16)}`,
    missing > 0 ? `${missing} of ${Math.round(hour.minutes)} minutes missing` : '',
    untold > 0 ? `${untold} minutes of which nobody tells` : '',
    excused > 0 ? `${excused} minutes not expected` : '',
    missing + untold + excused === 0 ? 'complete' : why,
  ]
    .filter((line) => line !== '')
    .join('\n');
  return (
    <td title={text} className="relative h-5 overflow-hidden rounded-[3px] bg-(--wall-tile) p-0">
      {excused + untold > 0 ? (
        <span
          className="striped absolute inset-x-0 top-0"
          style={{ height: `${Math.min(100, ((hour.excused + hour.untold) / hour.minutes) * 100)}%` }}
        />
      ) : null}
      {missing > 0 ? (
        <span
          className="absolute inset-x-0 bottom-0 min-h-[3px] bg-bad"
          style={{ height: `${Math.min(100, (hour.missing / hour.minutes) * 100)}%` }}
        />
      ) : null}
      {missing > 0 ? (
        <span className="num relative flex h-full items-center justify-center text-[10px] font-semibold text-ink">
          <span className="rounded-sm bg-surface/80 px-0.5 leading-none">{missing}</span>
        </span>
      ) : null}
    </td>
  );
}

const TONES: Readonly<Record<GapSort, Tone>> = { missing: 'bad', untold: 'warn', excused: 'muted' };

function Gaps({ ledger }: { readonly ledger: LedgerAnswer }): ReactNode {
  const [whole, setWhole] = useState(false);
  if (ledger.gaps.length === 0) return <p className="text-ink2">No gap: every expected minute is there.</p>;
  const newest = ledger.gaps.toReversed();
  return (
    <>
      <ul aria-label="Gaps" className="flex flex-col">
        {newest.slice(0, whole ? GAPS_MAX : GAPS_FIRST).map((gap) => (
          <li key={gap.fromMs} className="flex flex-wrap items-baseline gap-x-3 border-t border-line/60 py-1">
            <span className="num whitespace-nowrap text-ink2">
              {formatTime(gap.fromMs).slice(0, 16)} to {formatTime(gap.toMs).slice(11, 16)}
            </span>
            <span className="num w-20 text-right font-semibold whitespace-nowrap">
              {gap.minutes < 1 ? 'under 1' : Math.round(gap.minutes).toLocaleString('en')} min
            </span>
            <Badge tone={TONES[sortOf(gap.kind)]} icon={null}>
              {gap.kind === undefined ? 'no evidence' : kindWords(gap.kind)}
            </Badge>
            <span className="min-w-0">{gap.reason}</span>
          </li>
        ))}
      </ul>
      {newest.length > GAPS_FIRST ? (
        <p>
          <Button look="plain" onClick={() => setWhole(!whole)}>
            {whole ? 'Show fewer' : `Show all ${Math.min(newest.length, GAPS_MAX)} gaps`}
          </Button>
        </p>
      ) : null}
    </>
  );
}
