import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type Rule, type RuleGroup, ruleGroups } from '../api/prometheus.ts';
import { statusOverview } from '../api/vedette.ts';
import { pollFailure } from '../api/words.ts';
import { matchesWords } from '../format/search.ts';
import { routes } from '../routes.ts';
import { wordsForDuration } from '../time/duration.ts';
import { useUrlState } from '../time/url-state.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge, LabelChip } from '../ui/badge.tsx';
import { Choices, SearchField } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState, ErrorBox } from '../ui/states.tsx';

const POLL_MS = 10_000;

export function Rules(): ReactNode {
  const groups = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ruleGroups(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <>
      <RefusedReload />
      <Polled data={groups.data} failure={pollFailure(groups)} onRetry={() => void groups.refetch()}>
        {(loaded) => <RuleGroups groups={loaded} />}
      </Polled>
    </>
  );
}

/** A rule file that cannot be read is refused as a whole: the rules below are then not those of the files. */
function RefusedReload(): ReactNode {
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => statusOverview(signal),
    refetchInterval: POLL_MS,
  });
  if (!status.data || status.data.lastReload.ok) return null;
  return (
    <ErrorBox
      title="The last reload was refused; the rules loaded before it go on running"
      detail={status.data.lastReload.message}
    />
  );
}

function RuleGroups({ groups }: { readonly groups: readonly RuleGroup[] }): ReactNode {
  const { search, change } = useUrlState();
  const q = search.get('q') ?? '';
  const state = search.get('state') ?? '';
  const all = groups.flatMap((group) => group.rules);
  if (all.length === 0) {
    return (
      <EmptyState
        icon="alerts"
        title="No rules loaded"
        snippetLabel="vedette.yaml or prometheus.yml"
        snippet={'rule_files:\n  - rules/*.yml'}
      >
        Name Prometheus rule files in the configuration and reload it.
      </EmptyState>
    );
  }
  const shown = groups
    .map((group) => ({
      whole: group,
      rules: group.rules.filter(
        (rule) =>
          (state === '' || stateOf(rule) === state) && matchesWords(`${rule.name} ${rule.query} ${group.name}`, q),
      ),
    }))
    .filter(({ rules }) => rules.length > 0);
  const count = (wanted: string): number => all.filter((rule) => stateOf(rule) === wanted).length;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Choices
          label="State"
          value={state}
          onChange={(value) => change({ state: value })}
          choices={[
            { value: '', label: 'All', count: all.length },
            { value: 'firing', label: 'Firing', count: count('firing') },
            { value: 'pending', label: 'Pending', count: count('pending') },
            { value: 'failing', label: 'Failing', count: count('failing') },
          ]}
        />
        <SearchField
          label="Search names and queries"
          value={q}
          onChange={(event) => change({ q: event.target.value }, 'replace')}
          className="w-72"
        />
      </div>
      {shown.length === 0 ? <EmptyState icon="search" title="No rule matches this filter" /> : null}
      {shown.map(({ whole, rules }) => (
        <Group key={`${whole.file} ${whole.name}`} group={whole} rules={rules} />
      ))}
    </>
  );
}

export function stateOf(rule: Rule): string {
  if (rule.health === 'err') return 'failing';
  return rule.type === 'alerting' ? rule.state : 'recording';
}

function Group({ group, rules }: { readonly group: RuleGroup; readonly rules: readonly Rule[] }): ReactNode {
  return (
    <section className="rounded-md border border-line bg-surface" aria-label={`Group ${group.name}`}>
      <header className="flex flex-wrap items-baseline gap-x-3 border-b border-line px-3 py-2">
        <h2 className="font-semibold">{group.name}</h2>
        <span className="truncate text-xs text-ink3">{group.file}</span>
        {group.missedEvaluations ? (
          <Badge tone="warn" title="Evaluations that were due while the one before still ran">
            {group.missedEvaluations} of {(group.evaluations ?? 0) + group.missedEvaluations} evaluations left out, last{' '}
            <Ago ms={Date.parse(group.lastMissed ?? '')} />
          </Badge>
        ) : null}
        <span className="num ml-auto text-xs text-ink2">
          every {wordsForDuration(group.interval * 1000)} · took {wordsForDuration(group.evaluationTime * 1000)} ·{' '}
          <Ago ms={Date.parse(group.lastEvaluation)} />
        </span>
      </header>
      <ul className="divide-y divide-line">
        {rules.map((rule, index) => (
          <RuleRow key={`${rule.name} ${index}`} rule={rule} group={group} />
        ))}
      </ul>
    </section>
  );
}

function RuleRow({ rule, group }: { readonly rule: Rule; readonly group: RuleGroup }): ReactNode {
  const isOneOfSeveral = group.rules.filter(({ name }) => name === rule.name).length > 1;
  return (
    <li className="px-3 py-1.5">
      <details className="group">
        <summary className="flex list-none flex-wrap items-center gap-2 rounded">
          <span className="text-ink3 group-open:rotate-90">
            <Icon name="chevronRight" size={14} />
          </span>
          <StateBadge rule={rule} />
          <span className="font-medium">{rule.name}</span>
          {rule.type === 'alerting' && (rule.alerts?.length ?? 0) > 0 ? (
            <span className="num text-xs text-ink2">{rule.alerts?.length} active</span>
          ) : null}
          <span className="num ml-auto text-xs text-ink3">
            <Ago ms={Date.parse(rule.lastEvaluation)} /> · {wordsForDuration(rule.evaluationTime * 1000)}
          </span>
        </summary>
        <div className="flex flex-col gap-1.5 py-2 pl-5">
          <pre className="overflow-x-auto rounded bg-raised p-2 font-mono text-xs whitespace-pre-wrap">
            {rule.query}
          </pre>
          <p className="flex flex-wrap items-center gap-1.5 text-xs text-ink2">
            {rule.type === 'alerting' ? <span>for {wordsForDuration(rule.duration * 1000)}</span> : null}
            {rule.type === 'alerting' && rule.keepFiringFor ? (
              <span>· keeps firing for {wordsForDuration(rule.keepFiringFor * 1000)}</span>
            ) : null}
            {Object.entries(rule.labels ?? {}).map(([name, value]) => (
              <LabelChip key={name} name={name} value={value} />
            ))}
            <Link
              href={routes.explore({ queries: [rule.query] })}
              className="ml-2 text-accent underline underline-offset-2"
            >
              Query in Explore
            </Link>
            <Link
              href={routes.rule({
                file: group.file,
                group: group.name,
                name: rule.name,
                expr: isOneOfSeveral ? rule.query : undefined,
              })}
              className="text-accent underline underline-offset-2"
            >
              Graph and doctor
            </Link>
          </p>
        </div>
      </details>
      {rule.lastError ? (
        <p className="mt-1 ml-5 rounded bg-bad-soft px-2 py-1 text-xs break-words text-ink">{rule.lastError}</p>
      ) : null}
    </li>
  );
}

export function StateBadge({ rule }: { readonly rule: Rule }): ReactNode {
  switch (stateOf(rule)) {
    case 'failing':
      return <Badge tone="bad">failing</Badge>;
    case 'firing':
      return (
        <Badge tone="bad" icon="alerts">
          firing
        </Badge>
      );
    case 'pending':
      return (
        <Badge tone="warn" icon="pending">
          pending
        </Badge>
      );
    case 'recording':
      return <Badge>recording</Badge>;
    case 'inactive':
      return <Badge tone="ok">inactive</Badge>;
    default:
      return <Badge>not evaluated</Badge>;
  }
}
