import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useSize } from '../charts/use-size.ts';
import { type FleetQuery, routes } from '../routes.ts';
import type { Arrangement } from './arrange.ts';
import { CameraCard } from './camera-card.tsx';
import { STATE_LOOKS } from './states.ts';
import { WallCanvas } from './wall-canvas.tsx';
import type { Grouping } from './wall-filter.ts';
import { WallHeadings } from './wall-headings.tsx';
import { HEADING_PX, type WallLayout, layOut, placeOf, positionAt, verticalStep } from './wall-layout.ts';
import type { WallCamera, WallState } from './wall-state.ts';

const CELL_PX_MIN = 8;
/** A finger needs more. */
const TOUCH_CELL_PX_MIN = 20;
export interface WallViewProps {
  readonly wall: WallState;
  readonly arrangement: Arrangement;
  readonly grouping: Grouping;
  /** The filter as it is, for the links of headings. */
  readonly query: FleetQuery;
  readonly appliedFromMs: number;
}

/** All cameras as cells of one canvas: quiet when all is well. Arrow keys go from camera to camera, Enter opens one. */
export function WallView({ wall, arrangement, grouping, query, appliedFromMs }: WallViewProps): ReactNode {
  const [host, size] = useSize<HTMLDivElement>();
  const [activeId, setActiveId] = useState<string | null>(null);
  const [pointed, setPointed] = useState<string | null>(null);
  const [focused, setFocused] = useState(false);
  const [, navigate] = useLocation();
  const scroller = useRef<HTMLDivElement>(null);
  const optionId = useId();
  const cameras = useMemo(() => arrangement.groups.flatMap((group) => group.cameras), [arrangement]);
  const headings = grouping !== '';
  const counts = arrangement.groups.map((group) => group.cameras.length).join(' ');
  const layout = useMemo(
    () =>
      layOut({
        counts: counts === '' ? [] : counts.split(' ').map(Number),
        width: size.width,
        height: size.height,
        headings,
        cellPxMin: window.matchMedia('(pointer: coarse)').matches ? TOUCH_CELL_PX_MIN : CELL_PX_MIN,
      }),
    [counts, size.width, size.height, headings],
  );

  const shownId = pointed ?? (focused ? activeId : null);
  const position = activeId === null ? -1 : cameras.findIndex((camera) => camera.id === activeId);
  const shown = shownId === null ? -1 : shownId === activeId ? position : cameras.findIndex(({ id }) => id === shownId);
  const shownCamera = cameras[shown];
  const place = placeOf(layout, position);
  const open = (camera: WallCamera | undefined): void => {
    if (camera) navigate(routes.camera(camera.id));
  };
  const goTo = (next: number): void => {
    const camera = cameras[Math.max(0, Math.min(cameras.length - 1, next))];
    if (camera) setActiveId(camera.id);
  };
  const onKey = (event: KeyboardEvent): void => {
    const at = Math.max(0, position);
    const page = Math.max(1, Math.floor(size.height / (layout.cell.height + layout.cell.gap)) - 1);
    if (event.key === 'ArrowRight') goTo(position + 1);
    else if (event.key === 'ArrowLeft') goTo(position - 1);
    else if (event.key === 'ArrowDown') goTo(position < 0 ? 0 : verticalStep(layout, at, 1));
    else if (event.key === 'ArrowUp') goTo(verticalStep(layout, at, -1));
    else if (event.key === 'PageDown') goTo(repeated(page, at, (from) => verticalStep(layout, from, 1)));
    else if (event.key === 'PageUp') goTo(repeated(page, at, (from) => verticalStep(layout, from, -1)));
    else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(cameras.length - 1);
    else if (event.key === 'Enter' || event.key === ' ') open(cameras[position]);
    else if (event.key === 'Escape') setActiveId(null);
    else return;
    setPointed(null);
    event.preventDefault();
  };

  useEffect(() => {
    const node = scroller.current;
    if (!node || !place) return;
    if (place.y < node.scrollTop + HEADING_PX) node.scrollTop = Math.max(0, place.y - HEADING_PX - 4);
    else if (place.y + layout.cell.height > node.scrollTop + node.clientHeight)
      node.scrollTop = place.y + layout.cell.height + 4 - node.clientHeight;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only when another camera is gone to: while the fleet changes, the wall must not scroll by itself
  }, [activeId]);

  const pointAt = (event: { clientX: number; clientY: number }): WallCamera | undefined => {
    const box = host.current?.getBoundingClientRect();
    if (!box || !scroller.current) return undefined;
    const at = positionAt(layout, event.clientX - box.left, event.clientY - box.top + scroller.current.scrollTop);
    return at === undefined ? undefined : cameras[at];
  };

  return (
    <div ref={host} className="relative min-h-[60dvh] flex-1 wide:min-h-0">
      <div ref={scroller} className="absolute inset-0 overflow-x-hidden overflow-y-auto">
        <div className="relative" style={{ height: Math.max(layout.height, 1) }}>
          <div
            role="listbox"
            tabIndex={0}
            aria-label={`Wall of ${cameras.length} cameras, the worst first`}
            aria-activedescendant={position >= 0 ? optionId : undefined}
            onKeyDown={onKey}
            onFocus={() => {
              setFocused(true);
              if (position < 0) goTo(0);
            }}
            onBlur={() => setFocused(false)}
            onPointerMove={(event) => {
              if (event.pointerType === 'mouse') setPointed(pointAt(event)?.id ?? null);
            }}
            onPointerLeave={() => setPointed(null)}
            onClick={(event) => open(pointAt(event))}
            className={`h-full outline-none ${pointed === null ? '' : 'cursor-pointer'}`}
          >
            <WallCanvas
              wall={wall}
              cameras={cameras}
              layout={layout}
              width={size.width}
              height={size.height}
              scroller={scroller}
              appliedFromMs={appliedFromMs}
            />
            {place && focused ? (
              <div
                id={optionId}
                role="option"
                aria-selected="true"
                aria-posinset={position + 1}
                aria-setsize={cameras.length}
                aria-label={spoken(cameras[position], wall)}
                className="pointer-events-none absolute z-10 rounded-[3px] outline-2 outline-offset-1 outline-accent"
                style={{ left: place.x, top: place.y, width: layout.cell.width, height: layout.cell.height }}
              />
            ) : null}
          </div>
          {headings ? (
            <WallHeadings groups={arrangement.groups} layout={layout} grouping={grouping} query={query} />
          ) : null}
        </div>
      </div>
      {shownCamera ? (
        <CameraCard
          camera={shownCamera}
          cause={wall.causeOf.get(shownCamera.id)}
          anchor={() => anchorOf(host.current, scroller.current, layout, shown)}
        />
      ) : null}
    </div>
  );
}

function repeated(times: number, from: number, step: (at: number) => number): number {
  let at = from;
  for (let i = 0; i < times; i++) at = step(at);
  return at;
}

function spoken(camera: WallCamera | undefined, wall: WallState): string {
  if (!camera) return '';
  const cause = wall.causeOf.get(camera.id);
  return [
    camera.name,
    STATE_LOOKS[camera.state].label,
    camera.reason,
    cause ? `explained by ${cause.level} ${cause.name}` : '',
    camera.site,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** The cell in the window's pixels. */
function anchorOf(
  host: HTMLElement | null,
  scroller: HTMLElement | null,
  layout: WallLayout,
  position: number,
): DOMRect | null {
  const place = placeOf(layout, position);
  if (!host || !scroller || !place) return null;
  const box = host.getBoundingClientRect();
  return new DOMRect(box.left + place.x, box.top + place.y - scroller.scrollTop, layout.cell.width, layout.cell.height);
}
