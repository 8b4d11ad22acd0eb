import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type Rule, type RuleGroup, ruleGroups } from '../api/prometheus.ts';
import { pollFailure } from '../api/words.ts';
import { routes } from '../routes.ts';
import { wordsForDuration } from '../time/duration.ts';
import { useUrlState } from '../time/url-state.ts';
import { Ago } from '../ui/ago.tsx';
import { LabelChip } from '../ui/badge.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';
import { RuleDoctor } from './rule-doctor.tsx';
import { RuleGraph } from './rule-graph.tsx';
import { StateBadge } from './rules.tsx';

const POLL_MS = 10_000;

/** One rule: `?file=&group=&name=`, and `&expr=` where the group has several of that name. */
export function RulePage(): ReactNode {
  const { search } = useUrlState();
  const groups = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ruleGroups(signal),
    refetchInterval: POLL_MS,
  });
  const wanted = (group: RuleGroup): boolean => group.file === search.get('file') && group.name === search.get('group');
  return (
    <Polled data={groups.data} failure={pollFailure(groups)} onRetry={() => void groups.refetch()}>
      {(loaded) => {
        const group = loaded.find(wanted);
        const named = group?.rules.filter(({ name }) => name === search.get('name'));
        // A rule whose expression was changed since is still found by its name.
        const rule = named?.find(({ query }) => query === search.get('expr')) ?? named?.[0];
        return group && rule ? <RuleView rule={rule} group={group} /> : <NoRule />;
      }}
    </Polled>
  );
}

function NoRule(): ReactNode {
  return (
    <EmptyState icon="search" title="There is no such rule">
      Its file may have changed.{' '}
      <Link href={routes.alerts('rules')} className="text-accent underline">
        All rules
      </Link>
    </EmptyState>
  );
}

function RuleView({ rule, group }: { readonly rule: Rule; readonly group: RuleGroup }): ReactNode {
  return (
    <article className="flex flex-col gap-3" aria-label={rule.name}>
      <header className="flex flex-wrap items-center gap-2">
        <StateBadge rule={rule} />
        <h2 className="text-base font-semibold">{rule.name}</h2>
        <span className="text-xs text-ink3">
          {group.name} in {group.file}, every {wordsForDuration(group.interval * 1000)}
        </span>
        <span className="num ml-auto text-xs text-ink3">
          evaluated <Ago ms={Date.parse(rule.lastEvaluation)} /> in {wordsForDuration(rule.evaluationTime * 1000)}
        </span>
      </header>
      {rule.lastError ? <p className="rounded bg-bad-soft px-2 py-1 text-xs break-words">{rule.lastError}</p> : null}
      <pre className="overflow-x-auto rounded-md border border-line bg-raised p-2 font-mono text-xs whitespace-pre-wrap">
        {rule.query}
      </pre>
      <p className="flex flex-wrap items-center gap-1.5 text-xs text-ink2">
        {rule.type === 'alerting' ? (
          <>
            <span>for {wordsForDuration(rule.duration * 1000)}</span>
            {rule.keepFiringFor ? <span>· keeps firing for {wordsForDuration(rule.keepFiringFor * 1000)}</span> : null}
            <Link
              href={routes.alertHistory({ matchers: `alertname=${JSON.stringify(rule.name)}` })}
              className="text-accent underline underline-offset-2"
            >
              History
            </Link>
          </>
        ) : null}
        {Object.entries(rule.labels ?? {}).map(([name, value]) => (
          <LabelChip key={name} name={name} value={value} />
        ))}
      </p>
      <RuleGraph rule={rule} />
      <RuleDoctor rule={rule} group={group} />
    </article>
  );
}
