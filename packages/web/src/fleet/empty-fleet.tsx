import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.ts';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/states.tsx';

const FIRST_CAMERA = `cameras:
  - id: gate-1
    name: Gate, looking out
    site: North depot
    recorder: nvr-1
    switch: sw-3
    class: traffic
    expected: { frames_per_second: 25, width: 1920, height: 1080 }
    streams:
      main: { url: rtsp://192.0.2.17/stream1 }
    credentials: { username: viewer, password_env: CAMERA_PASSWORD }`;

/** Before the first camera: the ways to have one. */
export function EmptyFleet(): ReactNode {
  return (
    <EmptyState
      icon="camera"
      title="No cameras yet"
      snippet={FIRST_CAMERA}
      snippetLabel="cameras.yaml, named in the configuration: fleet: { inventory: { files: [cameras.yaml] } }"
    >
      <p>
        Vedette watches the cameras of an inventory: a YAML or CSV file, what Frigate, MediaMTX and go2rtc know, or what
        is added here.
      </p>
      <p className="mt-2 flex flex-wrap justify-center gap-2">
        <Link href={routes.inventory({ fresh: 'camera' })} className={buttonClass('primary')}>
          Add a camera
        </Link>
        <Link href={routes.inventory()} className={buttonClass()}>
          Inventory and discovery
        </Link>
      </p>
      <p className="mt-2">
        To look around first, start a simulated fleet: <code className="font-mono">npm start -- --demo</code>
      </p>
    </EmptyState>
  );
}

export function SimulationBanner(): ReactNode {
  return (
    <p role="note" className="rounded-md border border-warn/40 bg-warn-soft px-3 py-1.5">
      <span className="font-semibold">This is a simulation.</span> These cameras are played by Vedette itself on this
      machine; their troubles are made up.
    </p>
  );
}
