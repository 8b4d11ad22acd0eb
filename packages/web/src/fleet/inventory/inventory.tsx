import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { fleetCameras } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { routes } from '../../routes.ts';
import { useUrlState } from '../../time/url-state.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Polled } from '../../ui/polled.tsx';
import { EmptyFleet } from '../empty-fleet.tsx';
import { CameraForm, EditCamera } from './camera-form.tsx';
import { Discovery } from './discovery.tsx';
import { ImportStatusList } from './import-status.tsx';
import { InventoryProblems } from './inventory-problems.tsx';
import { InventoryTable } from './inventory-table.tsx';
import { PlannedWindows } from './planned-windows.tsx';
import { UploadInventory } from './upload-inventory.tsx';

const POLL_MS = 15_000;

/** Which cameras there should be, who says so, and what is wrong with it. */
export function Inventory(): ReactNode {
  const { search } = useUrlState();
  const edit = search.get('edit');
  if (edit !== null) return <EditCamera key={edit} id={edit} />;
  if (search.get('fresh') !== null) return <CameraForm entry={undefined} />;
  return <InventoryList />;
}

function InventoryList(): ReactNode {
  const { search, change } = useUrlState();
  const discovering = search.get('discover') !== null;
  const asked = useQuery({
    queryKey: ['fleet-cameras'],
    queryFn: ({ signal }) => fleetCameras(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Link href={routes.inventory({ fresh: 'camera' })} className={buttonClass('primary')}>
          <Icon name="plus" />
          Add a camera
        </Link>
        <Button icon="search" aria-pressed={discovering} onClick={() => change({ discover: discovering ? null : '1' })}>
          Discover (ONVIF)
        </Button>
        <UploadInventory />
        <Export format="csv" />
        <Export format="yaml" />
      </div>
      {discovering ? <Discovery /> : null}
      <InventoryProblems />
      <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
        {({ cameras }) => (cameras.length === 0 ? <EmptyFleet /> : <InventoryTable cameras={cameras} />)}
      </Polled>
      <div className="grid items-start gap-3 wide:grid-cols-2">
        <ImportStatusList />
        <PlannedWindows />
      </div>
    </>
  );
}

function Export({ format }: { readonly format: 'csv' | 'yaml' }): ReactNode {
  const base = import.meta.env.BASE_URL.replace(/\/$/, '');
  return (
    <a
      href={`${base}/api/vedette/fleet/inventory/export?format=${format}`}
      download={`cameras.${format}`}
      className={buttonClass()}
    >
      <Icon name="download" />
      {format.toUpperCase()}
    </a>
  );
}
