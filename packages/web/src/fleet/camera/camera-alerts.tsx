import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type ActiveAlert, alerts } from '../../api/prometheus.ts';
import { pollFailure } from '../../api/words.ts';
import { matchersText } from '../../alerts/matchers.ts';
import { routes } from '../../routes.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Polled } from '../../ui/polled.tsx';
import { Section } from '../section.tsx';

const POLL_MS = 10_000;
const ROWS_MAX = 50;

/** What fires or is pending about this camera. */
export function CameraAlerts({ id }: { readonly id: string }): ReactNode {
  const asked = useQuery({ queryKey: ['alerts'], queryFn: ({ signal }) => alerts(signal), refetchInterval: POLL_MS });
  const matchers = matchersText([{ name: 'camera_id', value: id, isRegex: false, isEqual: true }]);
  return (
    <Section
      title="Alerts"
      controls={
        <>
          <Link href={routes.alertHistory({ matchers })} className="text-xs text-accent underline">
            History
          </Link>
          <Link href={routes.silences({ fresh: matchers })} className="text-xs text-accent underline">
            Silence
          </Link>
        </>
      }
    >
      <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
        {(all) => <Rows mine={all.filter(({ labels }) => labels['camera_id'] === id)} />}
      </Polled>
    </Section>
  );
}

function Rows({ mine }: { readonly mine: readonly ActiveAlert[] }): ReactNode {
  if (mine.length === 0) return <p className="text-ink2">Nothing fires for this camera.</p>;
  return (
    <ul className="flex flex-col gap-1.5">
      {mine.slice(0, ROWS_MAX).map((alert) => (
        <li key={JSON.stringify(alert.labels)} className="flex flex-wrap items-center gap-x-2">
          <Badge
            tone={alert.state === 'firing' ? 'bad' : 'warn'}
            icon={alert.state === 'firing' ? 'alerts' : 'pending'}
          >
            {alert.state}
          </Badge>
          <Link
            href={routes.alerts('active', { q: alert.labels['alertname'] ?? '' })}
            className="font-medium hover:underline"
          >
            {alert.labels['alertname']}
          </Link>
          <span className="min-w-0 flex-1 text-ink2">{alert.annotations['summary']}</span>
          <span className="text-xs text-ink2">
            <Ago ms={Date.parse(alert.activeAt)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
