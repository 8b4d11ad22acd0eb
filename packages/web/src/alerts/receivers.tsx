import { useQuery } from '@tanstack/react-query';
import type { AlertingOverview } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { alertingOverview } from '../api/vedette.ts';
import { pollFailure } from '../api/words.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge } from '../ui/badge.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';

const POLL_MS = 10_000;

const SNIPPET = `alerting:
  route: {receiver: pager}
  receivers:
    - name: pager
      webhook_configs:
        - url: https://example.org/hook`;

/** Whether notifications leave the house: last delivery and last failure of each receiver and external Alertmanager. */
export function Receivers(): ReactNode {
  const overview = useQuery({
    queryKey: ['alerting'],
    queryFn: ({ signal }) => alertingOverview(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={overview.data} failure={pollFailure(overview)} onRetry={() => void overview.refetch()}>
      {(answer) => <ReceiverList {...answer} />}
    </Polled>
  );
}

type Ways = Pick<AlertingOverview, 'receivers' | 'alertmanagers'>;

function ReceiverList({ receivers, alertmanagers }: Ways): ReactNode {
  if (receivers.length === 0 && alertmanagers.length === 0) {
    return (
      <EmptyState icon="alerts" title="No receivers configured" snippet={SNIPPET} snippetLabel="vedette.yaml">
        Alerts are shown here, but nobody is notified.
      </EmptyState>
    );
  }
  return (
    <ul className="grid gap-2 md:grid-cols-2 xl:grid-cols-3">
      {receivers.map((receiver) => (
        <Way key={receiver.name} title={receiver.name}>
          {receiver.integrations.map((integration) => (
            <Delivery key={integration.index} told={integration}>
              {integration.name}
              {receiver.integrations.length > 1 ? `[${integration.index}]` : ''}
            </Delivery>
          ))}
          {receiver.integrations.length === 0 ? (
            <li className="text-xs text-ink3">This receiver notifies nobody.</li>
          ) : null}
        </Way>
      ))}
      {alertmanagers.map((one) => (
        <Way key={one.address} title={one.address}>
          <Delivery told={one}>alertmanager</Delivery>
        </Way>
      ))}
    </ul>
  );
}

function Way({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <li className="rounded-md border border-line bg-surface p-3">
      <h2 className="mb-1 font-semibold break-words">{title}</h2>
      <ul className="flex flex-col gap-2">{children}</ul>
    </li>
  );
}

type Told = Pick<AlertingOverview['alertmanagers'][number], 'lastSuccess' | 'lastErrorAt' | 'lastError'>;

/** The last delivery, and why the last one failed. */
function Delivery({ told, children }: { readonly told: Told; readonly children: ReactNode }): ReactNode {
  const success = timeMs(told.lastSuccess);
  const failure = timeMs(told.lastErrorAt);
  const failing = failure > success;
  return (
    <li className="flex flex-col gap-1">
      <p className="flex items-center gap-2">
        <Badge tone={failing ? 'bad' : success > 0 ? 'ok' : 'muted'}>
          {failing ? 'failing' : success > 0 ? 'delivering' : 'not used yet'}
        </Badge>
        <span className="font-mono text-xs">{children}</span>
        <span className="num ml-auto text-xs text-ink3">
          delivered <Ago ms={success} />
        </span>
      </p>
      {failing && told.lastError ? (
        <p className="rounded bg-bad-soft px-2 py-1 text-xs break-words">
          <Ago ms={failure} />: {told.lastError}
        </p>
      ) : null}
    </li>
  );
}

/** 0: never. */
function timeMs(time: string | null): number {
  return time === null ? 0 : Date.parse(time);
}
