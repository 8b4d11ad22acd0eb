import { useQuery } from '@tanstack/react-query';
import type { AlertingRoutes, RouteTestAnswer, RouteTreeNode } from '@vedette/wire/http';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import type { LabelSet } from '../api/prometheus.ts';
import { alertingRoutes, routeTest } from '../api/vedette.ts';
import { pollFailure, words } from '../api/words.ts';
import { routes } from '../routes.ts';
import { withLocalTimes } from '../time/range.ts';
import { useUrlState } from '../time/url-state.ts';
import { Badge, LabelChip } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { fieldClass } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState, ErrorBox } from '../ui/states.tsx';
import { parseMatchers } from './matchers.ts';

const POLL_MS = 15_000;

const SNIPPET = `route:
  receiver: team
  group_by: [alertname, site]
  routes:
    - matchers: [severity="critical"]
      receiver: pager
receivers:
  - name: team
  - name: pager
    webhook_configs: [{ url: https://example.org/hook }]`;

/** The routing tree, and a tester: labels in, the path through the tree out. The tested labels are in the address. */
export function Routing(): ReactNode {
  const tree = useQuery({
    queryKey: ['alerting-routes'],
    queryFn: ({ signal }) => alertingRoutes(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={tree.data} failure={pollFailure(tree)} onRetry={() => void tree.refetch()}>
      {(loaded) => <RoutingTree loaded={loaded} />}
    </Polled>
  );
}

function RoutingTree({ loaded }: { readonly loaded: AlertingRoutes }): ReactNode {
  const { search, change } = useUrlState();
  const text = search.get('labels') ?? '';
  const at = search.get('at') ?? '';
  const parsed = parseLabels(text);
  const tested = useQuery({
    queryKey: ['route-test', text, at],
    queryFn: ({ signal }) =>
      routeTest({ labels: parsed.labels, ...(at === '' ? {} : { at: new Date(at).toISOString() }) }, signal),
    enabled: loaded.root !== null && text !== '' && parsed.fault === null,
    retry: false,
  });
  if (!loaded.root) {
    return (
      <EmptyState
        icon="alerts"
        title="No routes"
        snippet={SNIPPET}
        snippetLabel="alertmanager.yml, given as --alertmanager FILE"
      >
        Alerts are shown, but nobody is notified: routes say who is told of what.
      </EmptyState>
    );
  }
  const taken = new Set(tested.data?.routes.map(({ id }) => id));
  return (
    <>
      <Tester key={`${text} ${at}`} labels={text} at={at} onTest={(labels, moment) => change({ labels, at: moment })} />
      {text !== '' && parsed.fault ? <ErrorBox title="These are no labels" detail={parsed.fault} /> : null}
      {tested.error ? <ErrorBox {...words(tested.error)} /> : null}
      {tested.data ? <TestResult answer={tested.data} /> : null}
      <section aria-label="Routing tree">
        <ul className="flex flex-col gap-1">
          <RouteItem node={loaded.root} taken={taken} isRoot />
        </ul>
      </section>
      <InhibitRules rules={loaded.inhibitRules} />
      {loaded.timeIntervals.length > 0 ? (
        <p className="flex flex-wrap items-center gap-1 text-xs text-ink2">
          Time intervals:
          {loaded.timeIntervals.map(({ name, holds }) => (
            <Badge key={name} tone={holds ? 'accent' : 'muted'}>
              {name}
              {holds ? ': now' : ''}
            </Badge>
          ))}
        </p>
      ) : null}
    </>
  );
}

function Tester({
  labels: initial,
  at: initialAt,
  onTest,
}: {
  readonly labels: string;
  readonly at: string;
  readonly onTest: (labels: string, at: string) => void;
}): ReactNode {
  const [labels, setLabels] = useState(initial);
  const [at, setAt] = useState(initialAt);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onTest(labels.trim(), at);
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2" aria-label="Test labels">
      <label className="flex min-w-64 flex-1 flex-col gap-1 text-xs text-ink2">
        Who is told of an alert with these labels?
        <input
          value={labels}
          onChange={(event) => setLabels(event.target.value)}
          placeholder='alertname="CameraOffline", severity="critical", site="north"'
          spellCheck={false}
          className={`${fieldClass} font-mono text-xs`}
        />
      </label>
      <label className="flex flex-col gap-1 text-xs text-ink2">
        At (now when empty)
        <input
          type="datetime-local"
          value={at}
          onChange={(event) => setAt(event.target.value)}
          className={fieldClass}
        />
      </label>
      <Button type="submit" look="primary">
        Test
      </Button>
    </form>
  );
}

function TestResult({ answer }: { readonly answer: RouteTestAnswer }): ReactNode {
  return (
    <section
      aria-label="What happens to it"
      role="status"
      className="flex flex-col gap-2 rounded-md border border-accent/40 bg-surface p-3"
    >
      {answer.muted.map(({ by, text }) => (
        <p key={text}>
          <Badge tone="accent">muted</Badge> {withLocalTimes(text)} <span className="text-ink3">({by})</span>
        </p>
      ))}
      <ol className="flex flex-col gap-2">
        {answer.routes.map((step) => (
          <li key={step.id} className="flex flex-col gap-1">
            <p className="flex flex-wrap items-center gap-1.5">
              <span className="font-semibold">{step.receiver}</span>
              {step.path.map((matchers, index) => (
                <span key={`${index} ${matchers}`} className="font-mono text-[11px] text-ink2">
                  {index === 0 ? '' : '› '}
                  {matchers === '' ? 'all' : matchers}
                </span>
              ))}
            </p>
            <p className="flex flex-wrap items-center gap-1.5 text-xs text-ink2">
              in one message with:
              {Object.keys(step.groupLabels).length === 0 ? ' all others of this route' : null}
              {Object.entries(step.groupLabels).map(([name, value]) => (
                <LabelChip key={name} name={name} value={value} />
              ))}
              · first after {step.groupWait}, news after {step.groupInterval}, again after {step.repeatInterval}
              {step.backup ? ` · ${step.backup} takes over when it cannot be reached` : null}
            </p>
            {step.muted.map(({ text }) => (
              <p key={text} className="text-xs">
                <Badge tone="accent">quiet</Badge> {withLocalTimes(text)}
              </p>
            ))}
          </li>
        ))}
      </ol>
      {answer.escalation.map((policy) => (
        <div key={policy.policy} className="text-xs">
          <p className="font-medium">Escalation {policy.policy}</p>
          <ol className="list-decimal pl-5 text-ink2">
            {policy.levels.map((level) => (
              <li key={level.after}>
                after {level.after}, until {level.until}
                {level.repeat ? `, again each ${level.repeat}` : ''}:{' '}
                {level.targets
                  .map(({ receiver, schedule, person }) =>
                    schedule ? `${person ?? 'nobody'} (${schedule})` : (receiver ?? 'nobody'),
                  )
                  .join(', ')}
              </li>
            ))}
          </ol>
        </div>
      ))}
      {answer.raises.map((raise) => (
        <p key={raise.name} className="text-xs text-ink2">
          Raised to {raise.to}
          {raise.at ? ` at ${new Date(raise.at).toLocaleString()}` : ''}
          {raise.alerts ? ` once ${raise.alerts} fire` : ''}
        </p>
      ))}
    </section>
  );
}

function RouteItem({
  node,
  taken,
  isRoot = false,
}: {
  readonly node: RouteTreeNode;
  readonly taken: ReadonlySet<string>;
  readonly isRoot?: boolean;
}): ReactNode {
  const isTaken = taken.has(node.id);
  return (
    <li aria-current={isTaken ? 'true' : undefined}>
      <div
        className={`flex flex-wrap items-center gap-1.5 rounded-md border bg-surface px-3 py-1.5 ${isTaken ? 'border-accent bg-accent-soft' : 'border-line'}`}
      >
        {node.matchers.length === 0 ? (
          <span className="text-ink2">{isRoot ? 'every alert' : 'all of these'}</span>
        ) : null}
        {node.matchers.map((matcher) => (
          <span key={matcher} className="rounded border border-line bg-raised px-1.5 font-mono text-[11px]">
            {matcher}
          </span>
        ))}
        <span className="text-ink3">→</span>
        <Link href={routes.alerts('receivers')} className="font-semibold underline-offset-2 hover:underline">
          {node.receiver}
        </Link>
        {node.continue ? <Badge title="The routes behind it are asked too">continue</Badge> : null}
        {node.mutedBy ? <Badge tone="accent">{node.mutedBy}</Badge> : null}
        {isTaken ? <Badge tone="accent">takes it</Badge> : null}
        <span className="num ml-auto text-xs text-ink3">
          {node.groupBy.length === 0 ? 'all in one group' : `by ${node.groupBy.join(', ')}`} · {node.groupWait} /{' '}
          {node.groupInterval} / {node.repeatInterval}
          {node.alerts > 0 ? ` · ${counted(node.alerts, 'alert')} in ${counted(node.groups, 'group')}` : ''}
        </span>
      </div>
      {node.routes.length > 0 ? (
        <ul className="mt-1 ml-4 flex flex-col gap-1 border-l border-line pl-3">
          {node.routes.map((child) => (
            <RouteItem key={child.id} node={child} taken={taken} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function InhibitRules({ rules }: { readonly rules: AlertingRoutes['inhibitRules'] }): ReactNode {
  if (rules.length === 0) return null;
  return (
    <section aria-label="Inhibition">
      <h2 className="mb-1 font-semibold">Inhibition</h2>
      <ul className="flex flex-col gap-1">
        {rules.map((rule, index) => (
          <li
            key={`${index} ${rule.source.join()}`}
            className="flex flex-wrap items-center gap-1.5 rounded-md border border-line bg-surface px-3 py-1.5 text-xs"
          >
            <span className="font-mono">{rule.target.join(', ')}</span>
            <span className="text-ink2">is quiet while</span>
            <span className="font-mono">{rule.source.join(', ')}</span>
            <span className="text-ink2">
              fires{rule.equal.length > 0 ? ` with the same ${rule.equal.join(', ')}` : ''}
            </span>
            {rule.firingSources > 0 ? <Badge tone="accent">{rule.firingSources} fire now</Badge> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Labels in the notation of matchers, with nothing but `=`. */
function parseLabels(text: string): { readonly labels: LabelSet; readonly fault: string | null } {
  const parsed = parseMatchers(text);
  if (!parsed.ok) return { labels: {}, fault: parsed.fault };
  const other = parsed.matchers.find(({ isRegex, isEqual }) => isRegex || isEqual === false);
  if (other) return { labels: {}, fault: `Labels have one value each; write ${other.name}="…" instead` };
  return { labels: Object.fromEntries(parsed.matchers.map(({ name, value }) => [name, value])), fault: null };
}
