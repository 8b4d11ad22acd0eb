import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { maintenanceWindows } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { Polled } from '../../ui/polled.tsx';
import { MaintenanceList } from '../maintenance-list.tsx';
import { Section } from '../section.tsx';

const POLL_MS = 15_000;
const SHOWN_MAX = 30;

/** Maintenance that was planned here, of one camera or many; the newest first. */
export function PlannedWindows(): ReactNode {
  const asked = useQuery({
    queryKey: ['fleet-maintenance'],
    queryFn: ({ signal }) => maintenanceWindows(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Section title="Maintenance">
      <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
        {({ windows }) =>
          windows.length === 0 ? (
            <p className="text-ink2">Nothing is planned. Choose cameras in the list, then “Plan maintenance”.</p>
          ) : (
            <MaintenanceList windows={windows.slice(0, SHOWN_MAX).map((window) => ({ ...window }))} />
          )
        }
      </Polled>
    </Section>
  );
}
