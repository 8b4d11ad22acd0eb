import type { CameraState } from '@vedette/wire/http';
import { type ReactNode, memo, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { type FleetQuery, routes } from '../routes.ts';
import type { WallGroup } from './arrange.ts';
import { StateMark } from './state-mark.tsx';
import type { Grouping } from './wall-filter.ts';
import { HEADING_PX, type WallLayout } from './wall-layout.ts';

/** Headings are made for what is in view and this much above and below it. */
const HEADING_MARGIN_PX = 300;

/** The names of groups; a click shows that group alone. Keys reach the same through the filters above the wall. */
export function WallHeadings({
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
          <Heading
            // By place: when groups change their order, texts change and no element moves.
            key={`${box.x} ${box.y}`}
            name={group.name}
            grouping={grouping}
            worst={group.worst}
            troubled={group.troubled}
            count={group.cameras.length}
            x={box.x}
            y={box.y}
            width={box.width}
            query={query}
          />
        );
      })}
    </div>
  );
}

/** Made anew only when something about its own group changed: there may be hundreds. */
const Heading = memo(function Heading({
  name,
  grouping,
  worst,
  troubled,
  count,
  x,
  y,
  width,
  query,
}: {
  readonly name: string;
  readonly grouping: Exclude<Grouping, ''>;
  readonly worst: CameraState;
  readonly troubled: number;
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly query: FleetQuery;
}): ReactNode {
  return (
    <div
      className="absolute flex items-center gap-1.5 overflow-hidden text-xs text-ink2 contain-strict"
      style={{ left: x, top: y, width, height: HEADING_PX }}
    >
      {troubled > 0 ? <StateMark state={worst} size={12} /> : null}
      {name === '' ? (
        <span>no {grouping}</span>
      ) : (
        <Link
          href={routes.fleet('wall', { ...query, [grouping]: name })}
          tabIndex={-1}
          className="truncate font-medium hover:text-ink hover:underline"
        >
          {name}
        </Link>
      )}
      <span className="num shrink-0 text-ink3">{troubled > 0 ? `${troubled} of ${count}` : count}</span>
    </div>
  );
});
