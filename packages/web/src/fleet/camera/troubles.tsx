import type { CameraAnswer, Trouble } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { formatNumber } from '../../format/number.ts';
import { routes } from '../../routes.ts';
import { Badge } from '../../ui/badge.tsx';
import { Icon } from '../../ui/icons.tsx';
import { causeSentence, causeTitle } from '../cause-cards.tsx';
import { Since } from '../since.tsx';
import { kindWords } from '../states.ts';

/** What is wrong, since when, what says so and what to do; the cause of many first. */
export function Troubles({ answer }: { readonly answer: CameraAnswer }): ReactNode {
  const { status, cause } = answer;
  return (
    <>
      {cause ? (
        <section
          aria-label="Cause"
          className="flex flex-col gap-0.5 rounded-md border border-l-4 border-line border-l-bad bg-surface px-3 py-2"
        >
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="text-bad">
              <Icon name="error" />
            </span>
            <span className="text-[14px] font-semibold">{causeTitle(cause)}</span>
            <span className="text-xs text-ink2">
              <Since ms={cause.sinceMs} />
            </span>
            <Link
              href={routes.fleet('wall', { cause: cause.id })}
              className="ml-auto text-accent underline underline-offset-2"
            >
              Show all of them
            </Link>
          </p>
          {causeSentence(cause) === '' ? null : <p>{causeSentence(cause)}</p>}
          <p className="text-ink2">{cause.advice}</p>
        </section>
      ) : null}
      {status.troubles.length > 0 ? (
        <ul aria-label="Troubles" className="flex flex-col gap-2">
          {status.troubles.map((trouble) => (
            <TroubleCard key={trouble.kind} trouble={trouble} told={trouble.reason === cause?.reason} />
          ))}
        </ul>
      ) : null}
      {status.suspicion === undefined || status.suspicion === '' ? null : (
        <p role="note" className="flex items-center gap-2 rounded-md border border-line bg-surface px-3 py-2 text-ink2">
          <Icon name="info" />
          Not confirmed: {status.suspicion}
        </p>
      )}
    </>
  );
}

/** NaN, for a series that nobody writes, is null in JSON. */
function evidenceText(value: number | null): string {
  return value === null || Number.isNaN(value) ? 'no value' : formatNumber(value);
}

function TroubleCard({
  trouble,
  told,
}: {
  readonly trouble: Trouble;
  /** The card of the cause says reason and advice already. */
  readonly told: boolean;
}): ReactNode {
  return (
    <li className="flex flex-col gap-1 rounded-md border border-line bg-surface px-3 py-2">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge tone="bad" icon={null}>
          {kindWords(trouble.kind)}
        </Badge>
        {told ? null : <span className="text-[14px] font-semibold">{trouble.reason}</span>}
        <span className="ml-auto text-xs text-ink2">
          <Since ms={trouble.sinceMs} />
        </span>
      </p>
      {told ? null : <p>{trouble.advice}</p>}
      {trouble.evidence.length > 0 ? (
        <dl className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
          {trouble.evidence.map((evidence) => (
            <div key={evidence.series} className="flex flex-wrap gap-1.5">
              <dt className="font-mono break-all text-ink3">{evidence.series}</dt>
              <dd className="num">
                {evidenceText(evidence.value)}
                {evidence.expected === undefined ? null : (
                  <span className="text-ink2"> (expected {evidence.expected})</span>
                )}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
    </li>
  );
}
