import { type KeyboardEvent, type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.ts';
import { Ago } from '../ui/ago.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import type { Arrangement } from './arrange.ts';
import { StateWord } from './state-mark.tsx';
import { rankOf } from './states.ts';
import type { WallCamera } from './wall-state.ts';

const collator = new Intl.Collator(undefined, { numeric: true });
const byText = (text: (camera: WallCamera) => string) => (a: WallCamera, b: WallCamera) =>
  collator.compare(text(a), text(b));

const COLUMNS: readonly Column<WallCamera>[] = [
  {
    key: 'state',
    header: 'State',
    widthPx: 124,
    compare: (a, b) => rankOf(a.state) - rankOf(b.state),
    cell: (camera) => <StateWord state={camera.state} />,
  },
  {
    key: 'name',
    header: 'Camera',
    widthPx: 190,
    compare: byText(({ name }) => name),
    cell: (camera) => (
      <Link href={routes.camera(camera.id)} data-camera="" className="text-accent hover:underline">
        {camera.name}
      </Link>
    ),
  },
  {
    key: 'since',
    header: 'Since',
    widthPx: 110,
    compare: (a, b) => b.sinceMs - a.sinceMs,
    cell: (camera) => <Ago ms={camera.sinceMs} />,
  },
  { key: 'reason', header: 'Reason', compare: byText(({ reason }) => reason), cell: (camera) => camera.reason },
  { key: 'site', header: 'Site', compare: byText(({ site }) => site), cell: (camera) => camera.site },
  { key: 'recorder', header: 'Recorder', compare: byText((c) => c.recorder), cell: (camera) => camera.recorder },
  { key: 'switch', header: 'Switch', compare: byText((c) => c.switch), cell: (camera) => camera.switch },
  { key: 'model', header: 'Model', compare: byText((c) => c.model), cell: (camera) => camera.model },
  { key: 'class', header: 'Class', compare: byText((c) => c.class), cell: (camera) => camera.class },
];

/** What the wall shows, as a table for keyboard and screen reader: the worst first until a column is chosen. */
export function FleetList({ arrangement }: { readonly arrangement: Arrangement }): ReactNode {
  const cameras = useMemo(
    () =>
      arrangement.groups
        .flatMap((group) => group.cameras)
        // Stable: among cameras of one state the order of the wall stays.
        .sort((a, b) => rankOf(a.state) - rankOf(b.state)),
    [arrangement],
  );
  return (
    <div
      className="min-h-[60dvh] flex-1 rounded-md border border-line bg-surface max-wide:h-[70dvh] wide:min-h-0"
      onKeyDown={moveBetweenRows}
    >
      <DataTable rows={cameras} columns={COLUMNS} label={`${cameras.length} cameras, the worst first`} />
    </div>
  );
}

/** Up and Down go from camera to camera; Enter is the link's own. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-camera]')].toSorted(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = links[at < 0 ? 0 : at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
