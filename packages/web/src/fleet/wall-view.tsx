import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Link, useLocation } from 'wouter';
import { useSize } from '../charts/use-size.ts';
import { type FleetQuery, routes } from '../routes.ts';
import { useTheme } from '../ui/theme.ts';
import type { Arrangement, WallGroup } from './arrange.ts';
import { CameraCard } from './camera-card.tsx';
import { type Painter, drawWall, newPainter, readPaint } from './draw-wall.ts';
import { StateMark } from './state-mark.tsx';
import { STATE_LOOKS } from './states.ts';
import type { Grouping } from './wall-filter.ts';
import { HEADING_PX, type WallLayout, layOut, placeOf, positionAt, verticalStep } from './wall-layout.ts';
import type { WallCamera, WallState } from './wall-state.ts';

const CELL_PX_MIN = 8;
/** A finger needs more. */
const TOUCH_CELL_PX_MIN = 20;
/** Headings are made for what is in view and this much above and below it. */
const HEADING_MARGIN_PX = 300;
/** Name of the measures that tell how long an answer takes from its arrival to its last pixel. */
export const UPDATE_MEASURE = 'vedette-wall-update';
/** The browser keeps measures until they are cleared. */
const MEASURES_MAX = 600;

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
    // Only when another camera is gone to: while the fleet changes, the wall must not scroll by itself.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
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
          {headings ? <Headings groups={arrangement.groups} layout={layout} grouping={grouping} query={query} /> : null}
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

/** The names of groups; a click shows that group alone. Keys reach the same through the filters above the wall. */
function Headings({
  groups,
  layout,
  grouping,
  query,
}: {
  readonly groups: readonly WallGroup[];
  readonly layout: WallLayout;
  readonly grouping: Exclude<Grouping, ''>;
  readonly query: FleetQuery;
}): ReactNode {
  const layer = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => {
    const node = layer.current?.parentElement?.parentElement;
    if (!node) return;
    const follow = (): void => setTop(Math.floor(node.scrollTop / HEADING_MARGIN_PX) * HEADING_MARGIN_PX);
    node.addEventListener('scroll', follow, { passive: true });
    return () => node.removeEventListener('scroll', follow);
  }, []);
  const until = top + window.innerHeight + 2 * HEADING_MARGIN_PX;
  return (
    <div ref={layer}>
      {layout.boxes.map((box, index) => {
        const group = groups[index];
        if (!group || box.y < top - HEADING_MARGIN_PX || box.y > until) return null;
        return (
          <div
            key={group.name}
            className="absolute flex items-center gap-1.5 overflow-hidden text-xs text-ink2"
            style={{ left: box.x, top: box.y, width: box.width, height: HEADING_PX }}
          >
            {group.troubled > 0 ? <StateMark state={group.worst} size={12} /> : null}
            {group.name === '' ? (
              <span>no {grouping}</span>
            ) : (
              <Link
                href={routes.fleet('wall', { ...query, [grouping]: group.name })}
                tabIndex={-1}
                className="truncate font-medium hover:text-ink hover:underline"
              >
                {group.name}
              </Link>
            )}
            <span className="num shrink-0 text-ink3">
              {group.troubled > 0 ? `${group.troubled} of ${group.cameras.length}` : group.cameras.length}
            </span>
          </div>
        );
      })}
    </div>
  );
}

interface CanvasProps {
  readonly wall: WallState;
  readonly cameras: readonly WallCamera[];
  readonly layout: WallLayout;
  readonly width: number;
  readonly height: number;
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly appliedFromMs: number;
}

/** Stays in view while the wall scrolls behind it, and draws what is there. */
function WallCanvas({ wall, cameras, layout, width, height, scroller, appliedFromMs }: CanvasProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const painter = useRef<{ readonly key: string; readonly painter: Painter } | null>(null);
  const measured = useRef(0);
  /** Followed, not asked for: asking a node for it lays the whole page out at once. */
  const top = useRef(0);
  useLayoutEffect(() => {
    const node = canvas.current;
    const scrolled = scroller.current;
    const context = node?.getContext('2d');
    if (!node || !scrolled || !context || width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const key = `${theme} ${ratio}`;
    if (painter.current?.key !== key) painter.current = { key, painter: newPainter(readPaint(node), ratio) };
    const kept = painter.current.painter;
    if (node.width !== Math.round(width * ratio) || node.height !== Math.round(height * ratio)) {
      node.width = Math.round(width * ratio);
      node.height = Math.round(height * ratio);
    }
    const draw = (): void => {
      const shown = { layout, cameras, explained: (id: string) => wall.causeOf.has(id) };
      drawWall(context, kept, shown, { top: top.current, width, height });
    };
    const follow = (): void => {
      top.current = scrolled.scrollTop;
      draw();
    };
    draw();
    if (appliedFromMs !== measured.current) {
      measured.current = appliedFromMs;
      measureUpdate(appliedFromMs);
    }
    scrolled.addEventListener('scroll', follow, { passive: true });
    return () => scrolled.removeEventListener('scroll', follow);
  }, [wall, cameras, layout, width, height, theme, scroller, appliedFromMs]);
  return (
    <canvas
      ref={canvas}
      aria-hidden="true"
      className="sticky top-0 block"
      style={{ width, height, marginBottom: -height }}
    />
  );
}

let measures = 0;

function measureUpdate(fromMs: number): void {
  measures += 1;
  if (measures > MEASURES_MAX) {
    performance.clearMeasures(UPDATE_MEASURE);
    measures = 1;
  }
  performance.measure(UPDATE_MEASURE, { start: fromMs, end: performance.now() });
}
