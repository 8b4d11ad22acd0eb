import type { Camera, CameraAnswer } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../../api/client.ts';
import { fleetCamera } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { type FleetQuery, routes } from '../../routes.ts';
import { type TimeDefaults, useTimeDefaults } from '../../time/time-context.tsx';
import { Ago } from '../../ui/ago.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page } from '../../ui/page.tsx';
import { Polled } from '../../ui/polled.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Since } from '../since.tsx';
import { StateMark } from '../state-mark.tsx';
import { STATE_LOOKS } from '../states.ts';
import { CameraAlerts } from './camera-alerts.tsx';
import { CameraMaintenance } from './camera-maintenance.tsx';
import { Dependencies } from './dependencies.tsx';
import { Figures } from './figures.tsx';
import { Ledger } from './ledger.tsx';
import { Neighbours } from './neighbours.tsx';
import { Passport } from './passport.tsx';
import { ProbePhases } from './probe-phases.tsx';
import { StateTimeline } from './state-timeline.tsx';
import { Troubles } from './troubles.tsx';

/** What is now; charts follow the page's own refresh. */
const POLL_MS = 2_000;

const DEFAULTS: TimeDefaults = { from: 'now-24h', to: 'now', refresh: '30s' };

/** One camera: how it is, since when and why; what it delivers, is made of and depends on. */
export function CameraPage({ id }: { readonly id: string }): ReactNode {
  const ready = useTimeDefaults(DEFAULTS);
  const asked = useQuery({
    queryKey: ['camera', id],
    queryFn: ({ signal }) => fleetCamera(id, signal),
    refetchInterval: POLL_MS,
  });
  const gone = asked.error instanceof ApiError && asked.error.status === 404;
  return (
    <Page
      title={asked.data?.camera.name ?? id}
      lead={
        <Link href={routes.fleet()} className="order-first inline-flex items-center text-ink2 hover:text-ink">
          <Icon name="chevronLeft" />
          Cameras
        </Link>
      }
      controls={
        <Link href={routes.inventory({ edit: id })} className={buttonClass()}>
          <Icon name="edit" />
          Edit
        </Link>
      }
    >
      {gone ? (
        <EmptyState icon="camera" title={`There is no camera “${id}”`}>
          It may have been deleted or renamed.{' '}
          <Link href={routes.fleet('list')} className="text-accent underline">
            List of cameras
          </Link>
        </EmptyState>
      ) : (
        <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
          {(answer) => (ready ? <CameraView answer={answer} /> : null)}
        </Polled>
      )}
    </Page>
  );
}

function CameraView({ answer }: { readonly answer: CameraAnswer }): ReactNode {
  const { camera, status } = answer;
  return (
    <>
      <Headline answer={answer} />
      <Troubles answer={answer} />
      <StateTimeline status={status} />
      <div className="grid items-start gap-3 wide:grid-cols-2">
        <ProbePhases probe={answer.probe} status={status} />
        <Passport passport={answer.passport} camera={camera} />
      </div>
      <Figures figures={answer.figures} />
      <Ledger id={camera.id} />
      <div className="grid items-start gap-3 wide:grid-cols-2">
        <CameraAlerts id={camera.id} />
        <CameraMaintenance camera={camera} />
        <Neighbours camera={camera} neighbours={answer.neighbours} />
        <Dependencies camera={camera} />
      </div>
    </>
  );
}

const TONES = { ok: 'text-ok', bad: 'text-bad', warn: 'text-warn', muted: 'text-ink', accent: 'text-ink' } as const;

function Headline({ answer: { camera, status } }: { readonly answer: CameraAnswer }): ReactNode {
  const look = STATE_LOOKS[status.state];
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <p className="flex items-center gap-2" role="status">
        <StateMark state={status.state} size={22} />
        <span className={`text-[17px] font-semibold ${TONES[look.tone]}`}>{look.label}</span>
        <span className="text-ink2">
          <Since ms={status.sinceMs} />
        </span>
      </p>
      <p className="text-ink2">
        last heard <Ago ms={status.heardAtMs} />
      </p>
      <Places camera={camera} />
    </div>
  );
}

const PLACES = ['site', 'recorder', 'switch', 'class', 'model'] as const;

/** Where it belongs; each leads to the wall of that place. */
function Places({ camera }: { readonly camera: Camera }): ReactNode {
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1">
      {PLACES.map((place) => {
        const value = camera[place];
        return value === undefined ? null : (
          <div key={place} className="flex gap-1.5">
            <dt className="text-ink3">{place}</dt>
            <dd>
              <Link
                href={routes.fleet('wall', { [place]: value } as FleetQuery)}
                className="text-accent hover:underline"
              >
                {value}
              </Link>
              {place === 'switch' && camera.port !== undefined ? ` port ${camera.port}` : ''}
            </dd>
          </div>
        );
      })}
      {camera.owner === undefined ? null : (
        <div className="flex gap-1.5">
          <dt className="text-ink3">owner</dt>
          <dd>{camera.owner}</dd>
        </div>
      )}
      <div className="flex gap-1.5">
        <dt className="text-ink3">id</dt>
        <dd className="font-mono">{camera.id}</dd>
      </div>
    </dl>
  );
}
