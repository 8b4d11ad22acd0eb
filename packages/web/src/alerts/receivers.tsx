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

/** Whether notifications leave the house: last delivery and last failure of each receiver. */
export function Receivers(): ReactNode {
  const overview = useQuery({
    queryKey: ['alerting'],
    queryFn: ({ signal }) => alertingOverview(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={overview.data} failure={pollFailure(overview)} onRetry={() => void overview.refetch()}>
      {(answer) => <ReceiverList receivers={answer.receivers} />}
    </Polled>
  );
}

function ReceiverList({ receivers }: { readonly receivers: AlertingOverview['receivers'] }): ReactNode {
  if (receivers.length === 0) {
    return (
      <EmptyState icon="alerts" title="No receivers configured" snippet={SNIPPET} snippetLabel="vedette.yaml">
        Alerts are shown here, but nobody is notified.
      </EmptyState>
    );
  }
  return (
    <ul className="grid gap-2 md:grid-cols-2 xl:grid-cols-3">
      {receivers.map((receiver) => (
        <li key={receiver.name} className="rounded-md border border-line bg-surface p-3">
          <h2 className="mb-1 font-semibold">{receiver.name}</h2>
          <ul className="flex flex-col gap-2">
            {receiver.integrations.map((integration) => {
              const success = timeMs(integration.lastSuccess);
              const failure = timeMs(integration.lastErrorAt);
              const failing = failure > success;
              return (
                <li key={integration.index} className="flex flex-col gap-1">
                  <p className="flex items-center gap-2">
                    <Badge tone={failing ? 'bad' : success > 0 ? 'ok' : 'muted'}>
                      {failing ? 'failing' : success > 0 ? 'delivering' : 'not used yet'}
                    </Badge>
                    <span className="font-mono text-xs">
                      {integration.name}
                      {receiver.integrations.length > 1 ? `[${integration.index}]` : ''}
                    </span>
                    <span className="num ml-auto text-xs text-ink3">
                      delivered <Ago ms={success} />
                    </span>
                  </p>
                  {failing && integration.lastError ? (
                    <p className="rounded bg-bad-soft px-2 py-1 text-xs break-words">
                      <Ago ms={failure} />: {integration.lastError}
                    </p>
                  ) : null}
                </li>
              );
            })}
            {receiver.integrations.length === 0 ? (
              <li className="text-xs text-ink3">This receiver notifies nobody.</li>
            ) : null}
          </ul>
        </li>
      ))}
    </ul>
  );
}

/** 0: never. */
function timeMs(time: string | null): number {
  return time === null ? 0 : Date.parse(time);
}
