import type { Camera } from '@vedette/wire/http';
import { type ReactNode, useState } from 'react';
import { useNow } from '../../ui/ago.tsx';
import { Button } from '../../ui/button.tsx';
import { MaintenanceForm } from '../maintenance-form.tsx';
import { MaintenanceList, stateOfWindow } from '../maintenance-list.tsx';
import { Section } from '../section.tsx';

const SHOWN_MAX = 20;

/** When the camera is worked on; a window is planned here. */
export function CameraMaintenance({ camera }: { readonly camera: Camera }): ReactNode {
  const [open, setOpen] = useState(false);
  const nowMs = useNow();
  const windows = (camera.maintenance ?? [])
    .map((window) => ({ ...window, state: stateOfWindow(window.from, window.to, nowMs) }))
    .toSorted((a, b) => Date.parse(b.from) - Date.parse(a.from))
    .slice(0, SHOWN_MAX);
  return (
    <Section title="Maintenance" controls={open ? null : <Button onClick={() => setOpen(true)}>Plan a window</Button>}>
      {open ? (
        <MaintenanceForm cameras={{ ids: [camera.id] }} what={camera.name ?? camera.id} onDone={() => setOpen(false)} />
      ) : null}
      {windows.length === 0 ? (
        <p className="text-ink2">No window is planned. During one, troubles of this camera are no alerts.</p>
      ) : (
        <MaintenanceList windows={windows} />
      )}
    </Section>
  );
}
