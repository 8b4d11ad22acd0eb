import type { CauseCard } from '@vedette/wire/http';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { Since } from './since.tsx';
import { StateWord } from './state-mark.tsx';
import type { WallCamera } from './wall-state.ts';

const WIDTH_PX = 320;
const EDGE_PX = 8;

/** What the wall says about the camera under the pointer or the keyboard's focus. */
export function CameraCard({
  camera,
  cause,
  anchor,
}: {
  readonly camera: WallCamera;
  readonly cause: CauseCard | undefined;
  /** Where its cell is now; null when it is gone. */
  readonly anchor: () => DOMRect | null;
}): ReactNode {
  const card = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const node = card.current;
    const box = anchor();
    if (!node || !box) return;
    const left = Math.max(EDGE_PX, Math.min(box.left, window.innerWidth - WIDTH_PX - EDGE_PX));
    const below = box.bottom + node.offsetHeight + EDGE_PX < window.innerHeight;
    node.style.left = `${left}px`;
    node.style.top = `${Math.max(EDGE_PX, below ? box.bottom + 6 : box.top - node.offsetHeight - 6)}px`;
  });
  const places = [camera.site, camera.recorder, camera.switch, camera.model].filter((part) => part !== '');
  return createPortal(
    <div
      ref={card}
      role="tooltip"
      className="pointer-events-none fixed z-40 flex flex-col gap-1 rounded-md border border-line bg-surface px-3 py-2 text-xs shadow-lg"
      style={{ maxWidth: WIDTH_PX }}
    >
      <p className="flex items-baseline gap-2">
        <span className="truncate text-[13px] font-semibold">{camera.name}</span>
        {camera.name === camera.id ? null : <span className="truncate font-mono text-ink3">{camera.id}</span>}
      </p>
      <p className="flex flex-wrap items-center gap-x-2">
        <StateWord state={camera.state} />
        {camera.sinceMs > 0 ? (
          <span className="text-ink2">
            <Since ms={camera.sinceMs} />
          </span>
        ) : null}
      </p>
      {camera.reason === '' ? null : <p>{camera.reason}</p>}
      {cause ? (
        <p className="text-ink2">
          Explained by {cause.level} {cause.name}: {cause.affected} of {cause.total} cameras
        </p>
      ) : null}
      {places.length > 0 ? <p className="text-ink3">{places.join(' · ')}</p> : null}
    </div>,
    document.body,
  );
}
