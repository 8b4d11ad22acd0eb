import { useQuery } from '@tanstack/react-query';
import type { AlertNoiseReport, AlertNoiseRule } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { alertNoise } from '../api/vedette.ts';
import { pollFailure } from '../api/words.ts';
import { routes } from '../routes.ts';
import { wordsForDuration } from '../time/duration.ts';
import { useUrlState } from '../time/url-state.ts';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Choices } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';

const DAYS = ['1', '7', '30', '90'];

/** Which rules and receivers make noise, and what could be done; the days are in the address. */
export function Noise(): ReactNode {
  const { search, change } = useUrlState();
  const days = DAYS.includes(search.get('days') ?? '') ? (search.get('days') as string) : '7';
  const report = useQuery({
    queryKey: ['alert-noise', days],
    queryFn: ({ signal }) => alertNoise(Number(days), signal),
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  return (
    <>
      <div>
        <Choices
          label="Looking back"
          value={days}
          onChange={(value) => change({ days: value })}
          choices={DAYS.map((value) => ({ value, label: value === '1' ? '1 day' : `${value} days` }))}
        />
      </div>
      <Polled data={report.data} failure={pollFailure(report)} onRetry={() => void report.refetch()}>
        {(loaded) => <Report report={loaded} />}
      </Polled>
    </>
  );
}

function Report({ report }: { readonly report: AlertNoiseReport }): ReactNode {
  if (report.rules.length === 0) {
    return (
      <EmptyState icon="check" title="No alert fired in this time">
        Once alerts fire, this page tells which rules fire most, flap, ring at night, or are never acknowledged, and
        proposes what to do.
      </EmptyState>
    );
  }
  return (
    <>
      {report.proposals.length > 0 ? (
        <section aria-label="Proposals" className="flex flex-col gap-2">
          <h2 className="font-semibold">What would make it quieter</h2>
          <ul className="flex flex-col gap-2">
            {report.proposals.map((proposal) => (
              <li
                key={`${proposal.kind} ${proposal.text}`}
                className="flex flex-col gap-1 rounded-md border border-line bg-surface p-3"
              >
                <p className="flex flex-wrap items-center gap-2">
                  <Badge tone="accent">{proposal.kind}</Badge> {proposal.text}
                  <span className="num ml-auto text-xs text-ink2">would have spared {proposal.wouldSpare}</span>
                </p>
                <p className="text-xs text-ink2">{proposal.evidence}</p>
                {proposal.yaml ? (
                  <figure className="relative">
                    <pre className="overflow-x-auto rounded border border-line bg-raised p-2 font-mono text-xs">
                      {proposal.yaml}
                    </pre>
                    <figcaption className="absolute top-1 right-1">
                      <CopyButton text={proposal.yaml} />
                    </figcaption>
                  </figure>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <RuleTable rules={report.rules} night={report.night} />
      <ReceiverTable receivers={report.receivers} />
      {report.together.length > 0 ? (
        <section aria-label="Fire together">
          <h2 className="mb-1 font-semibold">Fire together</h2>
          <ul className="flex flex-col gap-1 text-xs">
            {report.together.map((pair) => (
              <li key={`${pair.first} ${pair.second}`} className="rounded-md border border-line bg-surface px-3 py-1.5">
                <strong>{pair.first}</strong> and <strong>{pair.second}</strong>: {pair.both} times within five minutes,{' '}
                {pair.lift.toFixed(1)} times as often as by chance
                {pair.equal.length > 0 ? `, with the same ${pair.equal.join(', ')}` : ''}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}

const CELL = 'px-2 py-1 text-right';
const TEXT_CELL = 'px-2 py-1 text-left';
const HEAD = `${CELL} font-medium text-ink2`;
const TEXT_HEAD = `${TEXT_CELL} font-medium text-ink2`;

function RuleTable({
  rules,
  night,
}: {
  readonly rules: readonly AlertNoiseRule[];
  readonly night: AlertNoiseReport['night'];
}): ReactNode {
  return (
    <section aria-label="Rules" className="overflow-x-auto rounded-md border border-line bg-surface">
      <table className="num w-full text-xs">
        <thead>
          <tr className="border-b border-line">
            <th className={TEXT_HEAD}>Rule</th>
            <th className={HEAD}>Fired</th>
            <th className={HEAD}>Flapped</th>
            <th className={HEAD} title={`${night.from} to ${night.to}, ${night.timeZone}`}>
              At night
            </th>
            <th className={HEAD}>Short</th>
            <th className={HEAD}>Acknowledged</th>
            <th className={HEAD}>Muted</th>
            <th className={HEAD}>Told</th>
            <th className={HEAD}>Lasts (median)</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rules.map((rule) => (
            <tr key={`${rule.file} ${rule.group} ${rule.name}`}>
              <th scope="row" className={`${TEXT_CELL} font-medium`}>
                <Link
                  href={routes.alertHistory({ matchers: `alertname=${JSON.stringify(rule.name)}` })}
                  className="underline-offset-2 hover:underline"
                >
                  {rule.name}
                </Link>
              </th>
              <td className={CELL}>{rule.fires}</td>
              <td className={CELL}>{rule.flaps}</td>
              <td className={CELL}>{rule.nightFires}</td>
              <td className={CELL}>{rule.shortFires}</td>
              <td className={CELL}>
                {rule.acknowledged === 0 ? <span className="text-warn">never</span> : rule.acknowledged}
              </td>
              <td className={CELL}>{rule.muted}</td>
              <td className={CELL}>{rule.notifications}</td>
              <td className={CELL}>{rule.medianSeconds === null ? '' : wordsForDuration(rule.medianSeconds * 1000)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ReceiverTable({ receivers }: { readonly receivers: AlertNoiseReport['receivers'] }): ReactNode {
  if (receivers.length === 0) return null;
  return (
    <section aria-label="Receivers" className="overflow-x-auto rounded-md border border-line bg-surface">
      <table className="num w-full text-xs">
        <thead>
          <tr className="border-b border-line">
            <th className={TEXT_HEAD}>Receiver</th>
            <th className={HEAD}>Messages</th>
            <th className={HEAD}>Given up</th>
            <th className={HEAD}>At night</th>
            <th className={HEAD}>Busiest hour</th>
            <th className={TEXT_HEAD}>Mostly</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {receivers.map((receiver) => (
            <tr key={`${receiver.receiver} ${receiver.integration}`}>
              <th scope="row" className={`${TEXT_CELL} font-medium`}>
                {receiver.receiver} <span className="text-ink3">{receiver.integration}</span>
              </th>
              <td className={CELL}>{receiver.messages}</td>
              <td className={CELL}>{receiver.failed}</td>
              <td className={CELL}>{receiver.nightMessages}</td>
              <td className={CELL}>{receiver.busiestHour}</td>
              <td className={TEXT_CELL}>
                {receiver.topRules.map(({ name, messages }) => `${name} ${messages}`).join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
