import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useTheme } from '../ui/theme.ts';
import { type Painter, drawWall, newPainter, readPaint } from './draw-wall.ts';
import type { WallLayout } from './wall-layout.ts';
import type { WallCamera, WallState } from './wall-state.ts';

/** Name of the measures that tell how long an answer takes from its arrival to its last pixel. */
const UPDATE_MEASURE = 'vedette-wall-update';
/** The browser keeps measures until they are cleared. */
const MEASURES_MAX = 600;

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
export function WallCanvas({ wall, cameras, layout, width, height, scroller, appliedFromMs }: CanvasProps): ReactNode {
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
