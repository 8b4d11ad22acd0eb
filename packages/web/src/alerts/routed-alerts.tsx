import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { type AlertGroup, type AlertmanagerAlert, alertGroups } from '../api/alertmanager.ts';
import { pollFailure } from '../api/words.ts';
import { matchesWords } from '../format/search.ts';
import { routes } from '../routes.ts';
import { withLocalTimes } from '../time/range.ts';
import { useUrlState } from '../time/url-state.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge, LabelChip } from '../ui/badge.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Choices, SearchField } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';
import { AcknowledgeButton } from './acknowledge-button.tsx';
import { matchersOf, matchersText } from './matchers.ts';
import { SEVERITY_TONE } from './severity.ts';

const POLL_MS = 10_000;
/** Groups and rows drawn; when a whole site is down, a page of thousands helps nobody. */
const GROUPS_MAX = 100;
const ROWS_MAX = 200;
const ROWS_FIRST = 5;

/** Firing alerts as they are grouped and routed, and why nobody is told of those that are muted. */
export function RoutedAlerts(): ReactNode {
  const groups = useQuery({
    queryKey: ['alert-groups'],
    queryFn: ({ signal }) => alertGroups(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={groups.data} failure={pollFailure(groups)} onRetry={() => void groups.refetch()}>
      {(all) => <GroupList all={all} />}
    </Polled>
  );
}

function GroupList({ all }: { readonly all: readonly AlertGroup[] }): ReactNode {
  const { search, change } = useUrlState();
  const q = search.get('q') ?? '';
  const muted = search.get('state') ?? '';
  const byFingerprint = new Map(
    all.flatMap(({ alerts }) => alerts.map((alert) => [alert.fingerprint, alert] as const)),
  );
  const alerts = [...byFingerprint.values()];
  if (alerts.length === 0) {
    return (
      <EmptyState icon="check" title="Nothing is routed to anybody">
        Firing alerts are shown here by receiver and group, with the reason where nobody is told.{' '}
        <Link href={routes.routing()} className="text-accent underline">
          See the routes
        </Link>
      </EmptyState>
    );
  }
  const wanted = (alert: AlertmanagerAlert): boolean =>
    (muted === '' || (muted === 'muted') === (alert.status.state === 'suppressed')) &&
    matchesWords(JSON.stringify([alert.labels, alert.annotations]), q);
  const shown = all
    .map((group) => ({ ...group, alerts: group.alerts.filter(wanted) }))
    .filter((group) => group.alerts.length > 0);
  const mutedCount = alerts.filter((alert) => alert.status.state === 'suppressed').length;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Choices
          label="State"
          value={muted}
          onChange={(value) => change({ state: value })}
          choices={[
            { value: '', label: 'All', count: alerts.length },
            { value: 'told', label: 'Told', count: alerts.length - mutedCount },
            { value: 'muted', label: 'Muted', count: mutedCount },
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
      {shown.slice(0, GROUPS_MAX).map((group) => (
        <Group
          key={`${group.receiver.name} ${JSON.stringify(group.labels)}`}
          group={group}
          nameOf={(fingerprint) => byFingerprint.get(fingerprint)?.labels['alertname']}
        />
      ))}
      {shown.length > GROUPS_MAX ? (
        <p className="text-xs text-ink2">and {shown.length - GROUPS_MAX} more groups: search to find them</p>
      ) : null}
    </>
  );
}

function Group({
  group,
  nameOf,
}: {
  readonly group: AlertGroup;
  readonly nameOf: (fingerprint: string) => string | undefined;
}): ReactNode {
  const [whole, setWhole] = useState(false);
  const rows = group.alerts.slice(0, whole ? ROWS_MAX : ROWS_FIRST);
  const more = group.alerts.length - rows.length;
  const labels = Object.entries(group.labels);
  return (
    <section
      className="rounded-md border border-line bg-surface"
      aria-label={`Group for ${group.receiver.name}: ${labels.map(([name, value]) => `${name}=${value}`).join(', ')}`}
    >
      <header className="flex flex-wrap items-center gap-1.5 border-b border-line px-3 py-2">
        {labels.length === 0 ? <span className="text-ink2">all together</span> : null}
        {labels.map(([name, value]) => (
          <LabelChip key={name} name={name} value={value} />
        ))}
        <span className="ml-auto text-xs text-ink2">
          {group.alerts.length} {group.alerts.length === 1 ? 'alert' : 'alerts'} to{' '}
          <Link href={routes.alerts('receivers')} className="font-medium text-ink underline underline-offset-2">
            {group.receiver.name}
          </Link>
        </span>
      </header>
      <ul className="divide-y divide-line">
        {rows.map((alert) => (
          <AlertRow key={alert.fingerprint} alert={alert} grouped={group.labels} nameOf={nameOf} />
        ))}
      </ul>
      {more > 0 ? (
        <p className="flex items-center gap-2 border-t border-line px-3 py-1.5 text-xs text-ink2">
          and {more} more{whole ? ': search to find them' : <Button onClick={() => setWhole(true)}>Show them</Button>}
        </p>
      ) : null}
    </section>
  );
}

function AlertRow({
  alert,
  grouped,
  nameOf,
}: {
  readonly alert: AlertmanagerAlert;
  readonly grouped: AlertGroup['labels'];
  readonly nameOf: (fingerprint: string) => string | undefined;
}): ReactNode {
  const { alertname = 'Alert', severity = '', ...labels } = alert.labels;
  return (
    <li className="flex flex-col gap-1 px-3 py-2">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-semibold">{alertname}</span>
        {severity ? (
          <Badge tone={SEVERITY_TONE[severity] ?? 'muted'} icon={null}>
            {severity}
          </Badge>
        ) : null}
        <MuteReasons alert={alert} nameOf={nameOf} />
        <span className="num ml-auto text-xs text-ink2">
          began <Ago ms={Date.parse(alert.startsAt)} />
        </span>
      </p>
      {alert.annotations['summary'] ? <p>{alert.annotations['summary']}</p> : null}
      {alert.status.reasons?.map((reason) => (
        <p key={reason} className="text-xs break-words text-ink2">
          {withLocalTimes(reason)}
        </p>
      ))}
      <p className="flex flex-wrap items-center gap-1">
        {Object.entries(labels)
          .filter(([name]) => !(name in grouped))
          .map(([name, value]) => (
            <LabelChip key={name} name={name} value={value} />
          ))}
        <span className="ml-auto flex flex-wrap gap-1">
          <AcknowledgeButton alert={alert} />
          <Link
            href={routes.silences({ fresh: matchersText(matchersOf(alert.labels)) })}
            className={buttonClass('plain')}
          >
            Silence
          </Link>
          <Link
            href={routes.alertHistory({ matchers: matchersText(matchersOf(alert.labels)) })}
            className={buttonClass('plain')}
          >
            History
          </Link>
        </span>
      </p>
    </li>
  );
}

function MuteReasons({
  alert,
  nameOf,
}: {
  readonly alert: AlertmanagerAlert;
  readonly nameOf: (fingerprint: string) => string | undefined;
}): ReactNode {
  const { silencedBy, inhibitedBy, mutedBy = [] } = alert.status;
  return (
    <>
      {silencedBy.map((id) => (
        <Badge key={id} tone="accent">
          <Link href={routes.silences({ silence: id })} className="underline underline-offset-2">
            silenced
          </Link>
        </Badge>
      ))}
      {inhibitedBy.map((fingerprint) => (
        <Badge key={fingerprint} tone="accent">
          inhibited by {nameOf(fingerprint) ?? `alert ${fingerprint}`}
        </Badge>
      ))}
      {mutedBy.map((reason) => (
        <Badge key={reason} tone="accent">
          muted: {reason}
        </Badge>
      ))}
    </>
  );
}
