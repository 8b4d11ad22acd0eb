import type { InventoryProblem } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { inventoryProblems } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { Button } from '../../ui/button.tsx';
import { Polled } from '../../ui/polled.tsx';
import { Section } from '../section.tsx';

const POLL_MS = 15_000;
const FIRST = 5;

/** What is wrong with files and imports: where, what, and what to do. Nothing is shown when all is well. */
export function InventoryProblems(): ReactNode {
  const asked = useQuery({
    queryKey: ['fleet-problems'],
    queryFn: ({ signal }) => inventoryProblems(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
      {({ problems, total }) =>
        problems.length === 0 ? null : (
          <Section
            title={`${total} ${total === 1 ? 'problem' : 'problems'} in the inventory`}
            className="border-warn/50"
          >
            <ProblemList problems={problems} total={total} />
          </Section>
        )
      }
    </Polled>
  );
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

export function ProblemList({
  problems,
  total = problems.length,
}: {
  readonly problems: readonly InventoryProblem[];
  readonly total?: number;
}): ReactNode {
  const [whole, setWhole] = useState(false);
  const shown = whole ? problems : problems.slice(0, FIRST);
  return (
    <>
      <ul className="flex flex-col gap-1">
        {shown.map((problem) => (
          <li
            key={`${problem.place} ${problem.line} ${problem.message}`}
            className="flex flex-wrap items-baseline gap-x-3"
          >
            <span className="font-mono text-xs text-ink2">
              {problem.place}
              {problem.line > 0 ? `:${problem.line}` : ''}
            </span>
            <span className="min-w-0 break-words">{sentence(problem.message)}</span>
            <span className="min-w-0 break-words text-ink2">{sentence(problem.remedy)}</span>
          </li>
        ))}
      </ul>
      {problems.length > FIRST ? (
        <p className="flex items-center gap-2">
          <Button look="plain" onClick={() => setWhole(!whole)}>
            {whole ? 'Show fewer' : `Show all ${problems.length}`}
          </Button>
          {whole && total > problems.length ? (
            <span className="text-ink2">{total - problems.length} more are counted only</span>
          ) : null}
        </p>
      ) : null}
    </>
  );
}
