import type { PanelModel } from '@vedette/wire/http';
import { type JsonObject, isObject, numberAt, valueAt } from './loose-json.ts';

type GridPos = PanelModel['gridPos'];

export const GRID_COLUMNS = 24;
/** Size of a panel whose file does not place it. */
const AUTO_WIDTH = 12;
const AUTO_HEIGHT = 8;
const ROW_HEIGHT = 1;
const HEIGHT_MAX = 200;
const Y_MAX = 100_000;

/** The grid position in the file, brought inside the grid; undefined when there is none. */
export function readGridPos(panel: JsonObject): GridPos | undefined {
  const pos = valueAt(panel, 'gridPos');
  if (!isObject(pos)) return undefined;
  const within = (key: string, otherwise: number, min: number, max: number): number =>
    Math.min(max, Math.max(min, Math.round(numberAt(pos, key) ?? otherwise)));
  const w = within('w', AUTO_WIDTH, 1, GRID_COLUMNS);
  return {
    x: within('x', 0, 0, GRID_COLUMNS - w),
    y: within('y', 0, 0, Y_MAX),
    w,
    h: within('h', AUTO_HEIGHT, 1, HEIGHT_MAX),
  };
}

/** Hands out places below everything placed so far: panels two abreast in reading order, rows over the whole width. */
export class AutoPlacer {
  #x = 0;
  #y: number;
  #lineHeight = 0;

  constructor(placed: readonly (GridPos | undefined)[]) {
    this.#y = placed.reduce((bottom, pos) => Math.max(bottom, pos ? pos.y + pos.h : 0), 0);
  }

  panel(w: number = AUTO_WIDTH, h: number = AUTO_HEIGHT): GridPos {
    if (this.#x + w > GRID_COLUMNS) this.#newLine();
    const pos = { x: this.#x, y: this.#y, w, h };
    this.#x += w;
    this.#lineHeight = Math.max(this.#lineHeight, h);
    return pos;
  }

  row(): GridPos {
    const pos = this.line();
    this.#y += ROW_HEIGHT;
    return pos;
  }

  /** Goes to the start of a new line without using it. */
  line(): GridPos {
    this.#newLine();
    return { x: 0, y: this.#y, w: GRID_COLUMNS, h: ROW_HEIGHT };
  }

  #newLine(): void {
    this.#x = 0;
    this.#y += this.#lineHeight;
    this.#lineHeight = 0;
  }
}

/** Top to bottom, then left to right; panels on the same spot keep the order of the file. */
export function inReadingOrder(panels: readonly PanelModel[]): readonly PanelModel[] {
  return [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
}
