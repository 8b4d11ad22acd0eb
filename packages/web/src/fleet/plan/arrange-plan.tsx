import type { Camera, SitePlan } from '@vedette/wire/http';
import { useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { changeCamera } from '../../api/fleet.ts';
import { words } from '../../api/words.ts';
import { matchesWords } from '../../format/search.ts';
import { SearchField } from '../../ui/field.tsx';
import { ErrorBox } from '../../ui/states.tsx';
import { StateMark } from '../state-mark.tsx';
import type { WallCamera } from '../wall-state.ts';

/** Arrow keys move a camera by a hundredth of the picture, with Shift by a thousandth. */
const STEP = 0.01;
const FINE_STEP = 0.001;
/** More names are found by searching. */
const LISTED_MAX = 200;

/** Of more cameras on a picture the names would cover each other: then only the one in hand has its name beside it. */
const NAMED_MAX = 15;

interface Place {
  readonly x: number;
  readonly y: number;
}

const within = ({ x, y }: Place): Place => ({
  x: Math.round(Math.max(0, Math.min(1, x)) * 10_000) / 10_000,
  y: Math.round(Math.max(0, Math.min(1, y)) * 10_000) / 10_000,
});

/** Puts the cameras of a site onto its picture: by dragging, or by arrow keys. Each is saved where it is let go. */
export function ArrangePlan({
  picture,
  cameras,
  states,
}: {
  readonly picture: SitePlan;
  readonly cameras: readonly Camera[];
  readonly states: readonly WallCamera[];
}): ReactNode {
  const client = useQueryClient();
  const surface = useRef<HTMLDivElement>(null);
  const marks = useRef(new Map<string, HTMLButtonElement>());
  /** What was moved here and may not be known to the server yet. */
  const [moved, setMoved] = useState<ReadonlyMap<string, Place | null>>(new Map());
  const [search, setSearch] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const placeOf = (camera: Camera): Place | undefined => {
    const here = moved.get(camera.id);
    return here === undefined ? camera.plan : (here ?? undefined);
  };
  const move = (id: string, place: Place | null): void =>
    setMoved((before) => new Map(before).set(id, place ? within(place) : null));
  const save = async (id: string, place: Place | null): Promise<void> => {
    try {
      const { overruled } = await changeCamera(id, { set: { plan: place ? within(place) : null } });
      setFailure(
        overruled.includes('plan')
          ? `${id}: an inventory file says where it is; change it there, or take it out.`
          : null,
      );
      await client.invalidateQueries({ queryKey: ['fleet-cameras'] });
    } catch (error) {
      setFailure(`${id}: ${words(error).detail}`);
    }
  };
  const at = (event: PointerEvent): Place | null => {
    const box = surface.current?.getBoundingClientRect();
    return box ? { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height } : null;
  };
  const onKey = (event: KeyboardEvent, id: string, place: Place): void => {
    const step = event.shiftKey ? FINE_STEP : STEP;
    const dx = event.key === 'ArrowLeft' ? -step : event.key === 'ArrowRight' ? step : 0;
    const dy = event.key === 'ArrowUp' ? -step : event.key === 'ArrowDown' ? step : 0;
    if (event.key === 'Delete' || event.key === 'Backspace') {
      move(id, null);
      void save(id, null);
    } else if (dx === 0 && dy === 0) return;
    else move(id, { x: place.x + dx, y: place.y + dy });
    event.preventDefault();
  };
  const put = (id: string): void => {
    move(id, { x: 0.5, y: 0.5 });
    void save(id, { x: 0.5, y: 0.5 });
    requestAnimationFrame(() => marks.current.get(id)?.focus());
  };
  const stateOf = new Map(states.map((camera) => [camera.id, camera.state]));
  const placed = cameras.flatMap((camera) => {
    const place = placeOf(camera);
    return place ? [{ camera, place }] : [];
  });
  const waiting = cameras.filter((camera) => !placeOf(camera));
  const listed = waiting.filter((camera) => matchesWords(`${camera.id} ${camera.name ?? ''}`, search));
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 wide:flex-row">
      <div className="min-h-0 min-w-0 flex-1 overflow-auto rounded-md border border-line bg-surface">
        <div ref={surface} className="relative touch-none">
          <img src={picture.url} alt="" draggable={false} className="block w-full select-none" />
          {placed.map(({ camera, place }) => (
            <button
              key={camera.id}
              type="button"
              ref={(node) => {
                if (node) marks.current.set(camera.id, node);
                else marks.current.delete(camera.id);
              }}
              title={camera.name ?? camera.id}
              aria-label={`${camera.name ?? camera.id}: ${Math.round(place.x * 100)} % from the left, ${Math.round(place.y * 100)} % from the top. Arrow keys move it, Delete takes it off`}
              onKeyDown={(event) => onKey(event, camera.id, place)}
              onKeyUp={(event) => {
                if (event.key.startsWith('Arrow')) void save(camera.id, place);
              }}
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={(event) => {
                const next = at(event);
                if (next && event.currentTarget.hasPointerCapture(event.pointerId)) move(camera.id, next);
              }}
              onPointerUp={(event) => {
                const next = at(event);
                if (next && event.currentTarget.hasPointerCapture(event.pointerId)) void save(camera.id, next);
              }}
              className="group absolute -translate-x-1/2 -translate-y-1/2 cursor-grab rounded-full border border-line bg-surface p-1 shadow hover:z-10 focus-visible:z-20 active:cursor-grabbing"
              style={{ left: `${place.x * 100}%`, top: `${place.y * 100}%` }}
            >
              <StateMark state={stateOf.get(camera.id) ?? 'unknown'} size={16} />
              <span
                className={`pointer-events-none absolute top-1/2 left-full ml-1 -translate-y-1/2 rounded bg-surface px-1 text-[11px] whitespace-nowrap ${placed.length > NAMED_MAX ? 'hidden group-hover:block group-focus:block' : ''}`}
              >
                {camera.name ?? camera.id}
              </span>
            </button>
          ))}
        </div>
      </div>
      <aside aria-label="Cameras without a place" className="flex w-full flex-col gap-2 wide:w-64 wide:overflow-y-auto">
        {failure === null ? null : <ErrorBox title="Not saved" detail={failure} />}
        <p className="text-ink2">
          {waiting.length === 0
            ? 'Every camera of this site is on the picture. Drag one, or move it with the arrow keys.'
            : `${waiting.length} of ${cameras.length} cameras are not on the picture. A click puts one into its middle.`}
        </p>
        {waiting.length > 8 ? (
          <SearchField label="Search" value={search} onChange={(event) => setSearch(event.target.value)} />
        ) : null}
        <ul className="flex flex-col gap-1">
          {listed.slice(0, LISTED_MAX).map((camera) => (
            <li key={camera.id}>
              <button
                type="button"
                onClick={() => put(camera.id)}
                className="flex h-7 w-full items-center gap-2 truncate rounded border border-line bg-surface px-2 text-left hover:bg-raised"
              >
                {camera.name ?? camera.id}
              </button>
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}
