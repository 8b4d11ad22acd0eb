import { type ReactNode, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useSize } from '../../charts/use-size.ts';
import { formatNumber } from '../../format/number.ts';
import { routes } from '../../routes.ts';
import { IconButton } from '../../ui/button.tsx';
import { Popover } from '../../ui/popover.tsx';
import { StateMark } from '../state-mark.tsx';
import { STATE_LOOKS, isTrouble } from '../states.ts';
import { type Cluster, type PlacedCamera, clusterPlaces, scaleBarMetres } from './plan-places.ts';

/** A mark with two numbers. */
const MARK_PX = { width: 62, height: 27 };
const ZOOM_MAX = 16;
/** Names in the list of one mark; more are told apart closer by. */
const LISTED_MAX = 40;
const SCALE_PX_MAX = 140;

export interface PlanSurfaceProps {
  readonly cameras: readonly PlacedCamera[];
  readonly aspect: number;
  /** Address of a picture; without one the ground is blank. */
  readonly picture?: string;
  /** Of the whole plan; draws a scale. */
  readonly widthMetres?: number;
}

/** The plan with a mark for each camera; near ones share one. Scrolls when it is drawn larger than the window. */
export function PlanSurface({ cameras, aspect, picture, widthMetres = 0 }: PlanSurfaceProps): ReactNode {
  const [host, size] = useSize<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  const fit = Math.min(size.width, size.height * aspect);
  const width = Math.max(1, Math.floor(fit * zoom));
  const height = Math.max(1, Math.floor((fit / aspect) * zoom));
  const clusters = size.width > 0 ? clusterPlaces(cameras, { width, height }, MARK_PX) : [];
  const zoomTo = (next: number, centre?: { readonly x: number; readonly y: number }): void => {
    const node = scroller.current;
    const wanted = Math.max(1, Math.min(ZOOM_MAX, next));
    if (!node || wanted === zoom) return;
    const x = centre?.x ?? (node.scrollLeft + node.clientWidth / 2) / width;
    const y = centre?.y ?? (node.scrollTop + node.clientHeight / 2) / height;
    setZoom(wanted);
    requestAnimationFrame(() => {
      node.scrollLeft = x * fit * wanted - node.clientWidth / 2;
      node.scrollTop = y * (fit / aspect) * wanted - node.clientHeight / 2;
    });
  };
  const bar = widthMetres > 0 ? scaleBarMetres((widthMetres / width) * SCALE_PX_MAX) : 0;
  return (
    <div ref={host} className="relative min-h-[60dvh] flex-1 wide:min-h-0">
      <div
        ref={scroller}
        role="region"
        tabIndex={0}
        aria-label={`Plan of ${cameras.length} cameras`}
        className="absolute inset-0 overflow-auto rounded-md border border-line bg-surface"
      >
        <div className="relative mx-auto" style={{ width, height }}>
          {picture === undefined ? null : (
            <img src={picture} alt="" draggable={false} className="absolute inset-0 h-full w-full select-none" />
          )}
          {clusters.map((cluster) => (
            <Mark
              key={cluster.cameras[0]?.id}
              cluster={cluster}
              left={cluster.x * width}
              top={cluster.y * height}
              {...(zoom < ZOOM_MAX ? { onZoom: () => zoomTo(zoom * 2, cluster) } : {})}
            />
          ))}
        </div>
      </div>
      <div className="absolute top-2 right-4 flex flex-col rounded-md border border-line bg-surface shadow">
        <IconButton icon="plus" label="Closer" disabled={zoom >= ZOOM_MAX} onClick={() => zoomTo(zoom * 2)} />
        <IconButton icon="zoomOut" label="Further away" disabled={zoom <= 1} onClick={() => zoomTo(zoom / 2)} />
      </div>
      {bar > 0 ? (
        <p className="num pointer-events-none absolute bottom-3 left-3 rounded bg-surface/80 px-1 text-[11px] text-ink2">
          <span
            className="block border-x border-b border-ink2"
            style={{ width: (bar / widthMetres) * width, height: 5 }}
          />
          {bar >= 1000 ? `${formatNumber(bar / 1000)} km` : `${bar} m`} · north is up
        </p>
      ) : null}
    </div>
  );
}

const MARK = 'absolute -translate-x-1/2 -translate-y-1/2 hover:z-10 focus-visible:z-10';

function Mark({
  cluster,
  left,
  top,
  onZoom,
}: {
  readonly cluster: Cluster;
  readonly left: number;
  readonly top: number;
  readonly onZoom?: () => void;
}): ReactNode {
  const [first] = cluster.cameras;
  if (!first) return null;
  if (cluster.cameras.length === 1) {
    return (
      <Link
        href={routes.camera(first.id)}
        title={`${first.name}: ${STATE_LOOKS[first.state].label}`}
        aria-label={`${first.name}: ${STATE_LOOKS[first.state].label}`}
        className={`${MARK} rounded-full bg-surface p-0.5 shadow-sm`}
        style={{ left, top }}
      >
        {first.state === 'ok' ? <Dot /> : <StateMark state={first.state} size={20} />}
      </Link>
    );
  }
  const troubled = cluster.cameras.filter(({ state }) => isTrouble(state)).length;
  const count = cluster.cameras.length;
  return (
    <span className={MARK} style={{ left, top }}>
      <Popover
        className="max-h-80 w-64 overflow-y-auto p-2"
        trigger={
          <button
            type="button"
            aria-label={`${count} cameras, ${troubled} in trouble`}
            className="num inline-flex h-6 min-w-6 items-center justify-center gap-1 rounded-full border border-line bg-surface px-1.5 text-[11px] font-semibold text-ink2 shadow-sm hover:border-ink3"
          >
            {troubled > 0 ? <StateMark state={first.state} size={14} /> : null}
            {troubled > 0 ? `${troubled}/${count}` : count}
          </button>
        }
      >
        {(close) => (
          <>
            <ul className="flex flex-col">
              {cluster.cameras.slice(0, LISTED_MAX).map((camera) => (
                <li key={camera.id}>
                  <Link
                    href={routes.camera(camera.id)}
                    className="flex h-7 items-center gap-2 rounded px-1.5 hover:bg-raised"
                  >
                    <StateMark state={camera.state} size={14} />
                    <span className="truncate">{camera.name}</span>
                    <span className="ml-auto text-xs text-ink3">{STATE_LOOKS[camera.state].label}</span>
                  </Link>
                </li>
              ))}
            </ul>
            {count > LISTED_MAX ? <p className="px-1.5 text-xs text-ink2">and {count - LISTED_MAX} more</p> : null}
            {onZoom ? (
              <button
                type="button"
                className="mt-1 h-7 w-full rounded px-1.5 text-left text-accent hover:bg-raised"
                onClick={() => {
                  close();
                  onZoom();
                }}
              >
                Closer
              </button>
            ) : null}
          </>
        )}
      </Popover>
    </span>
  );
}

/** A camera that is well. */
function Dot(): ReactNode {
  return <span className="block h-2.5 w-2.5 rounded-full border border-ink3 bg-(--wall-tile)" />;
}
