import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { currentConnection, probe, subscribeConnection } from '../api/client.ts';
import { Icon } from '../ui/icons.tsx';

const PROBE_MS = 3_000;

/** Shown while the server does not answer; asks again by itself and refreshes the page's data once it does. */
export function ConnectionBanner(): ReactNode {
  const connection = useSyncExternalStore(subscribeConnection, currentConnection);
  const client = useQueryClient();
  useEffect(() => {
    if (connection === 'ok') return;
    const stop = new AbortController();
    const timer = setInterval(() => {
      probe(stop.signal).catch(() => undefined); // Only rejects when the banner is already gone.
    }, PROBE_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
      void client.invalidateQueries();
    };
  }, [connection, client]);
  if (connection === 'ok') return null;
  return (
    <div role="alert" className="flex items-center gap-2 border-b border-warn/40 bg-warn-soft px-3 py-1.5 text-ink">
      <span className="text-warn">
        <Icon name="warning" />
      </span>
      Connection to Vedette lost. What you see is the last answer; the page tries again every 3 seconds.
    </div>
  );
}
