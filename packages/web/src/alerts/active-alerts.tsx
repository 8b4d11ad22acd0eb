import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { type ActiveAlert, type RuleGroup, alerts, ruleGroups } from '../api/prometheus.ts';
import { pollFailure } from '../api/words.ts';
import { SafeLink } from '../dashboards/panels/text-panel.tsx';
import { formatNumber } from '../format/number.ts';
import { matchesWords } from '../format/search.ts';
import { sampleValue } from '../dashboards/data/frame.ts';
import { routes } from '../routes.ts';
import { useUrlState } from '../time/url-state.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge, LabelChip } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Choices, SearchField } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';
import { matchersOf, matchersText } from './matchers.ts';
import { RoutedAlerts } from './routed-alerts.tsx';
import { SEVERITY_ORDER, SEVERITY_TONE } from './severity.ts';

const POLL_MS = 10_000;

/** Cards drawn of one alert; when a whole site is down, a page of thousands helps nobody. */
const CARDS_MAX = 200;

/** Cards before "show them": many alerts of one name must not bury the others. */
const CARDS_FIRST = 4;

const STARTER_RULE = `groups:
  - name: targets
    rules:
      - alert: TargetDown
        expr: up == 0
        for: 1m
        labels: {severity: critical}
        annotations: {summary: '{{ $labels.instance }} does not answer'}`;

/** By rule, pending ones too, or as grouped and routed; which of them is in the address. */
export function ActiveAlerts(): ReactNode {
  const { search, change } = useUrlState();
  const by = search.get('by') ?? '';
  return (
    <>
      <div>
        <Choices
          label="Arranged"
          value={by}
          onChange={(value) => change({ by: value, state: null })}
          choices={[
            { value: '', label: 'By rule' },
            { value: 'route', label: 'As routed' },
          ]}
        />
      </div>
      {by === 'route' ? <RoutedAlerts /> : <AlertsByRule />}
    </>
  );
}

function AlertsByRule(): ReactNode {
  const active = useQuery({ queryKey: ['alerts'], queryFn: ({ signal }) => alerts(signal), refetchInterval: POLL_MS });
  const groups = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ruleGroups(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={active.data} failure={pollFailure(active)} onRetry={() => void active.refetch()}>
      {(all) => <AlertList all={all} groups={groups.data} />}
    </Polled>
  );
}

function AlertList({
  all,
  groups,
}: {
  readonly all: readonly ActiveAlert[];
  /** Undefined while they are not known. */
  readonly groups: readonly RuleGroup[] | undefined;
}): ReactNode {
  const { search, change } = useUrlState();
  const q = search.get('q') ?? '';
  const state = search.get('state') ?? '';
  const shown = all
    .filter((alert) => (state === '' || alert.state === state) && matchesWords(textOf(alert), q))
    .toSorted((a, b) => rank(a) - rank(b) || Date.parse(b.activeAt) - Date.parse(a.activeAt));
  const queries = new Map(
    (groups ?? []).flatMap((group) => group.rules.map((rule) => [rule.name, rule.query] as const)),
  );
  const failing = (groups ?? []).flatMap((group) => group.rules).filter((rule) => rule.health === 'err').length;
  const count = (wanted: string): number => all.filter((alert) => alert.state === wanted).length;
  if (groups?.every((group) => group.rules.every((rule) => rule.type !== 'alerting')) && all.length === 0) {
    return (
      <EmptyState
        icon="alerts"
        title="No alerting rules yet"
        snippet={STARTER_RULE}
        snippetLabel="rules.yml, named under rule_files: in the configuration"
      >
        Rules decide when something is wrong. Vedette reads Prometheus rule files.
      </EmptyState>
    );
  }
  if (all.length === 0) {
    return (
      <EmptyState icon="check" title="Nothing is firing">
        {failing === 0
          ? 'Every alerting rule was evaluated and none holds.'
          : `${failing} ${failing === 1 ? 'rule' : 'rules'} could not be evaluated; of the others none holds.`}{' '}
        <Link href={routes.alerts('rules')} className="text-accent underline">
          See the rules
        </Link>
      </EmptyState>
    );
  }
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
          ]}
        />
        <SearchField
          label="Search labels and annotations"
          value={q}
          onChange={(event) => change({ q: event.target.value }, 'replace')}
          className="w-72"
        />
      </div>
      {shown.length === 0 ? <EmptyState icon="search" title="No alert matches this filter" /> : null}
      {alertsByName(shown).map(([name, alike]) => (
        <AlertsOfName key={name} name={name} alike={alike} query={queries.get(name)} />
      ))}
    </>
  );
}

/** The alerts of each name together, in the order of the first of them. */
export function alertsByName(list: readonly ActiveAlert[]): readonly (readonly [string, readonly ActiveAlert[]])[] {
  const byName = new Map<string, ActiveAlert[]>();
  for (const alert of list) {
    const name = alert.labels['alertname'] ?? '';
    const alike = byName.get(name);
    if (alike) alike.push(alert);
    else byName.set(name, [alert]);
  }
  return [...byName];
}

function AlertsOfName({
  name,
  alike,
  query,
}: {
  readonly name: string;
  readonly alike: readonly ActiveAlert[];
  readonly query: string | undefined;
}): ReactNode {
  const [whole, setWhole] = useState(false);
  const cards = alike.slice(0, whole ? CARDS_MAX : CARDS_FIRST);
  const more = alike.length - cards.length;
  return (
    <section aria-label={name} className="flex flex-col gap-2">
      <ul className="flex flex-col gap-2">
        {cards.map((alert) => (
          <AlertCard key={JSON.stringify(alert.labels)} alert={alert} query={query} />
        ))}
      </ul>
      {more > 0 ? (
        <p className="flex items-center gap-2 pl-3 text-xs text-ink2">
          and {more} more of <span className="font-medium text-ink">{name}</span>
          {whole ? ': search to find them' : <Button onClick={() => setWhole(true)}>Show them</Button>}
        </p>
      ) : null}
    </section>
  );
}

const textOf = (alert: ActiveAlert): string => JSON.stringify([alert.labels, alert.annotations]);

function rank(alert: ActiveAlert): number {
  const severity = SEVERITY_ORDER.indexOf(alert.labels['severity'] ?? '');
  return (alert.state === 'firing' ? 0 : 100) + (severity < 0 ? 50 : severity);
}

function AlertCard({ alert, query }: { readonly alert: ActiveAlert; readonly query: string | undefined }): ReactNode {
  const { alertname = 'Alert', severity = '', ...labels } = alert.labels;
  const { summary, description, runbook_url: runbook, ...others } = alert.annotations;
  const sinceMs = Date.parse(alert.activeAt);
  return (
    <li
      className={`flex flex-col gap-1.5 rounded-md border border-line bg-surface px-3 py-2 ${alert.state === 'firing' ? 'border-l-4 border-l-bad' : 'border-l-4 border-l-warn'}`}
    >
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={alert.state === 'firing' ? 'bad' : 'warn'} icon={alert.state === 'firing' ? 'alerts' : 'pending'}>
          {alert.state}
        </Badge>
        <span className="font-semibold">{alertname}</span>
        {severity ? (
          <Badge tone={SEVERITY_TONE[severity] ?? 'muted'} icon={null}>
            {severity}
          </Badge>
        ) : null}
        <span className="num ml-auto text-xs text-ink2">
          began <Ago ms={sinceMs} /> · value {formatNumber(sampleValue(alert.value))}
        </span>
      </p>
      {summary ? <p>{summary}</p> : null}
      {description ? <p className="whitespace-pre-line text-ink2">{description}</p> : null}
      <p className="flex flex-wrap items-center gap-1">
        {Object.entries(labels).map(([name, value]) => (
          <LabelChip key={name} name={name} value={value} />
        ))}
      </p>
      {Object.keys(others).length > 0 ? (
        <dl className="flex flex-wrap gap-x-4 text-xs text-ink2">
          {Object.entries(others).map(([name, value]) => (
            <div key={name} className="flex gap-1">
              <dt className="text-ink3">{name}:</dt>
              <dd>
                <SafeLink address={value} text={value} />
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      <p className="flex flex-wrap gap-4 text-xs">
        {runbook ? <SafeLink address={runbook} text="Runbook" /> : null}
        {query ? (
          <Link href={routes.explore({ queries: [query] })} className="text-accent underline underline-offset-2">
            Query in Explore
          </Link>
        ) : null}
        <Link
          href={routes.silences({ fresh: matchersText(matchersOf(alert.labels)) })}
          className="text-accent underline underline-offset-2"
        >
          Silence
        </Link>
        <Link
          href={routes.alertHistory({ matchers: matchersText(matchersOf(alert.labels)) })}
          className="text-accent underline underline-offset-2"
        >
          History
        </Link>
      </p>
    </li>
  );
}
