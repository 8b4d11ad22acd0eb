import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { AlertmanagerAlert } from '../api/alertmanager.ts';
import { acknowledge, acknowledgements, withdrawAcknowledgement } from '../api/vedette.ts';
import { words } from '../api/words.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';

const POLL_MS = 10_000;

/** Says that somebody works on it: escalation and repeats stop until it resolves. Shows who did, and takes it back. */
export function AcknowledgeButton({ alert }: { readonly alert: AlertmanagerAlert }): ReactNode {
  const client = useQueryClient();
  const known = useQuery({
    queryKey: ['acknowledgements'],
    queryFn: ({ signal }) => acknowledgements(signal),
    refetchInterval: POLL_MS,
  });
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await work();
      setFailure(null);
    } catch (error) {
      setFailure(words(error).detail);
    }
    setBusy(false);
    await client.invalidateQueries({ queryKey: ['acknowledgements'] });
  };
  const { fingerprint } = alert;
  const found = known.data?.acknowledgements.find((one) => one.fingerprint === fingerprint);
  return (
    <>
      {failure ? (
        <span role="alert" className="self-center text-xs text-bad">
          {failure}
        </span>
      ) : null}
      {found ? (
        <span className="flex items-center gap-1 text-xs">
          <Badge tone="ok" title={found.comment}>
            acknowledged by {found.by || 'somebody'} <Ago ms={Date.parse(found.at)} />
          </Badge>
          <Button look="plain" disabled={busy} onClick={() => void run(() => withdrawAcknowledgement(fingerprint))}>
            Take back
          </Button>
        </span>
      ) : (
        <Button look="plain" disabled={busy} onClick={() => void run(() => acknowledge({ fingerprint, via: 'page' }))}>
          Acknowledge
        </Button>
      )}
    </>
  );
}
