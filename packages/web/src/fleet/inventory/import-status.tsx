import type { ImportStatus } from '@vedette/wire/http';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { inventoryImports, runImport } from '../../api/fleet.ts';
import { pollFailure, words } from '../../api/words.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Polled } from '../../ui/polled.tsx';
import { ErrorBox } from '../../ui/states.tsx';
import { Section } from '../section.tsx';

const POLL_MS = 10_000;

/** Recorders and streaming servers whose cameras are kept in step. */
export function ImportStatusList(): ReactNode {
  const asked = useQuery({
    queryKey: ['fleet-imports'],
    queryFn: ({ signal }) => inventoryImports(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Section title="Imports">
      <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
        {({ imports }) =>
          imports.length === 0 ? (
            <p className="text-ink2">
              Cameras of Frigate, MediaMTX and go2rtc are kept in step where the configuration names them under{' '}
              <code className="font-mono">fleet: {'{ inventory: { imports: … } }'}</code>.
            </p>
          ) : (
            <ul className="flex flex-col gap-2">
              {imports.map((status) => (
                <Import key={status.name} status={status} />
              ))}
            </ul>
          )
        }
      </Polled>
    </Section>
  );
}

function Import({ status }: { readonly status: ImportStatus }): ReactNode {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const run = async (): Promise<void> => {
    try {
      await runImport(status.name);
      setFailure(null);
    } catch (error) {
      setFailure(words(error).detail);
    }
    await client.invalidateQueries({ queryKey: ['fleet-imports'] });
    await client.invalidateQueries({ queryKey: ['fleet-cameras'] });
  };
  return (
    <li className="flex flex-col gap-1 border-t border-line/60 pt-2 first:border-t-0 first:pt-0">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={status.error === undefined ? 'ok' : 'bad'}>{status.name}</Badge>
        <span className="font-mono text-xs break-all text-ink2">{status.url}</span>
        <span className="num">
          {status.cameras} cameras{status.gone > 0 ? `, ${status.gone} gone` : ''}
        </span>
        <span className="text-xs text-ink2">
          read <Ago ms={status.succeeded_at === undefined ? 0 : Date.parse(status.succeeded_at)} />
          {status.added + status.changed > 0 ? `, ${status.added} added and ${status.changed} changed then` : ''}
        </span>
        <span className="ml-auto">
          <Button icon="refresh" onClick={() => void run()}>
            Read now
          </Button>
        </span>
      </p>
      {status.error === undefined ? null : <p className="text-bad">{status.error}</p>}
      {failure === null ? null : <ErrorBox title="Not read" detail={failure} />}
    </li>
  );
}
