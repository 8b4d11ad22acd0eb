import type { CameraState } from '@vedette/wire/http';
import { STATE_LOOKS, isTrouble } from './states.ts';
import type { WallCamera } from './wall-state.ts';
import type { CellSize, GroupBox, WallLayout } from './wall-layout.ts';

/** Smaller cells carry the shape alone. */
const LETTER_PX_MIN = 12;

export interface WallPaint {
  readonly tile: string;
  readonly ink: string;
  readonly ink2: string;
  readonly surface: string;
  readonly bad: string;
  readonly warn: string;
  readonly muted: string;
  readonly font: string;
}

/** Read anew when the theme changes. */
export function readPaint(node: Element): WallPaint {
  const style = getComputedStyle(node);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return {
    tile: color('--wall-tile'),
    ink: color('--ink'),
    ink2: color('--ink2'),
    surface: color('--surface'),
    bad: color('--bad'),
    warn: color('--warn'),
    muted: color('--ink3'),
    font: style.fontFamily,
  };
}

type Sprites = Map<string, HTMLCanvasElement>;

/** One per size, theme and resolution: drawing a shape once and copying it is far cheaper than thousands of paths. */
export interface Painter {
  readonly paint: WallPaint;
  readonly ratio: number;
  readonly sprites: Sprites;
  readonly patterns: Map<string, CanvasPattern>;
}

export function newPainter(paint: WallPaint, ratio: number): Painter {
  return { paint, ratio, sprites: new Map(), patterns: new Map() };
}

/** Draws the part of the wall between `top` and `top + height`. The context is scaled to CSS pixels. */
export function drawWall(
  context: CanvasRenderingContext2D,
  painter: Painter,
  wall: {
    readonly layout: WallLayout;
    readonly cameras: readonly WallCamera[];
    readonly explained: (id: string) => boolean;
  },
  view: { readonly top: number; readonly width: number; readonly height: number },
): void {
  const { layout, cameras, explained } = wall;
  const { cell } = layout;
  const { ratio } = painter;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  context.setTransform(ratio, 0, 0, ratio, 0, -view.top * ratio);
  const bottom = view.top + view.height;
  const pitchX = cell.width + cell.gap;
  const pitchY = cell.height + cell.gap;
  for (const box of layout.boxes) {
    if (box.y + box.height < view.top || box.y > bottom) continue;
    const firstRow = Math.max(0, Math.floor((view.top - box.cellsY) / pitchY));
    const until = Math.min(box.count, (Math.floor((bottom - box.cellsY) / pitchY) + 1) * box.columns);
    const begin = firstRow * box.columns;
    const well = cell.named ? until : firstWell(cameras, box.first, box.count);
    for (let at = begin; at < Math.min(until, well); at++) {
      const camera = cameras[box.first + at];
      if (!camera) continue;
      const x = box.x + (at % box.columns) * pitchX;
      const y = box.cellsY + Math.floor(at / box.columns) * pitchY;
      if (cell.named) drawNamed(context, painter, cell, camera, explained(camera.id), x, y);
      else {
        const image = sprite(painter, cell.width, camera.state, explained(camera.id));
        context.drawImage(image, x, y, cell.width, cell.height);
      }
    }
    if (well < until) fillTiles(context, painter, cell, box, Math.max(begin, well), until);
  }
}

/** Position in a group of the first camera that is well; they are its last ones. */
function firstWell(cameras: readonly WallCamera[], first: number, count: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cameras[first + middle]?.state === 'ok') high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Thousands of equal tiles as three rectangles of one pattern: the rest of a row, whole rows, the begin of a row. */
function fillTiles(
  context: CanvasRenderingContext2D,
  painter: Painter,
  cell: CellSize,
  box: GroupBox,
  from: number,
  until: number,
): void {
  const pitchX = cell.width + cell.gap;
  const pitchY = cell.height + cell.gap;
  const pattern = tilePattern(context, painter, cell);
  if (!pattern) return;
  context.save();
  context.translate(box.x, box.cellsY);
  context.fillStyle = pattern;
  const row = (at: number): number => Math.floor(at / box.columns);
  const fill = (column: number, top: number, columns: number, rows: number): void => {
    if (columns > 0 && rows > 0) context.fillRect(column * pitchX, top * pitchY, columns * pitchX, rows * pitchY);
  };
  const [firstRow, lastRow] = [row(from), row(until)];
  const [firstColumn, lastColumn] = [from % box.columns, until % box.columns];
  if (firstRow === lastRow) fill(firstColumn, firstRow, lastColumn - firstColumn, 1);
  else {
    const whole = firstColumn === 0 ? firstRow : firstRow + 1;
    if (firstColumn > 0) fill(firstColumn, firstRow, box.columns - firstColumn, 1);
    fill(0, whole, box.columns, lastRow - whole);
    fill(0, lastRow, lastColumn, 1);
  }
  context.restore();
}

function tilePattern(
  context: CanvasRenderingContext2D,
  { paint, ratio, patterns }: Painter,
  cell: CellSize,
): CanvasPattern | null {
  const key = `${cell.width} ${cell.gap}`;
  const known = patterns.get(key);
  if (known) return known;
  const canvas = document.createElement('canvas');
  const pitchX = cell.width + cell.gap;
  const pitchY = cell.height + cell.gap;
  canvas.width = Math.round(pitchX * ratio);
  canvas.height = Math.round(pitchY * ratio);
  const tile = canvas.getContext('2d');
  if (!tile) return null;
  tile.scale(canvas.width / pitchX, canvas.height / pitchY);
  tile.fillStyle = paint.tile;
  tile.fillRect(0, 0, cell.width, cell.height);
  const pattern = context.createPattern(canvas, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(pitchX / canvas.width, pitchY / canvas.height));
  if (pattern) patterns.set(key, pattern);
  return pattern;
}

function sprite(painter: Painter, px: number, state: CameraState, explained: boolean): HTMLCanvasElement {
  const key = `${state} ${px} ${explained}`;
  const known = painter.sprites.get(key);
  if (known) return known;
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(px * painter.ratio);
  canvas.height = canvas.width;
  const context = canvas.getContext('2d');
  if (context) {
    context.scale(painter.ratio, painter.ratio);
    context.fillStyle = painter.paint.tile;
    if (!isTrouble(state) || STATE_LOOKS[state].tone === 'muted') context.fillRect(0, 0, px, px);
    drawMark(context, painter.paint, state, explained, 0, 0, px);
  }
  painter.sprites.set(key, canvas);
  return canvas;
}

/** The shape and letter of a state in a square. What a cause card explains is outlined: the card shouts, not its cameras. */
function drawMark(
  context: CanvasRenderingContext2D,
  paint: WallPaint,
  state: CameraState,
  explained: boolean,
  x: number,
  y: number,
  px: number,
): void {
  const look = STATE_LOOKS[state];
  if (look.shape === '') return;
  const outlined = explained || look.tone === 'muted';
  const color = look.tone === 'bad' ? paint.bad : look.tone === 'warn' ? paint.warn : paint.muted;
  context.save();
  context.translate(x, y);
  context.save();
  context.scale(px / 16, px / 16);
  const path = new Path2D(look.shape);
  if (outlined) {
    context.strokeStyle = color;
    context.lineWidth = 20 / px;
    if (look.tone !== 'muted' || px < LETTER_PX_MIN) context.stroke(path);
    // Without its letter, what is worked on is crossed out.
    if (state === 'maintenance' && px < LETTER_PX_MIN) context.stroke(new Path2D('M2 14 14 2'));
  } else {
    context.fillStyle = color;
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a canvas, not an array
    context.fill(path);
  }
  context.restore();
  if (px >= LETTER_PX_MIN) {
    context.fillStyle = outlined ? color : paint.surface;
    context.font = `700 ${Math.round(px * 0.66)}px ${paint.font}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(look.letter, px / 2, px * (state === 'degraded' ? 0.64 : 0.54));
  }
  context.restore();
}

const NAME_PX = 12;
const REASON_PX = 11;

function drawNamed(
  context: CanvasRenderingContext2D,
  painter: Painter,
  cell: CellSize,
  camera: WallCamera,
  explained: boolean,
  x: number,
  y: number,
): void {
  const { paint } = painter;
  const trouble = camera.state !== 'ok';
  context.fillStyle = paint.tile;
  context.fillRect(x, y, cell.width, cell.height);
  const mark = 18;
  if (trouble) drawMark(context, paint, camera.state, explained, x + 7, y + (cell.height - mark) / 2, mark);
  const left = x + (trouble ? mark + 14 : 9);
  const room = x + cell.width - 6 - left;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = trouble ? paint.ink : paint.ink2;
  context.font = `${trouble ? 600 : 400} ${NAME_PX}px ${paint.font}`;
  const second = trouble ? camera.reason || STATE_LOOKS[camera.state].label : '';
  context.fillText(fitted(context, camera.name, room), left, y + cell.height * (second === '' ? 0.5 : 0.33));
  if (second === '') return;
  context.fillStyle = paint.ink2;
  context.font = `${REASON_PX}px ${paint.font}`;
  context.fillText(fitted(context, second, room), left, y + cell.height * 0.7);
}

/** The text, cut where the room ends. */
function fitted(context: CanvasRenderingContext2D, text: string, roomPx: number): string {
  if (context.measureText(text).width <= roomPx) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= roomPx) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
