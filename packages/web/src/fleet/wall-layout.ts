/** Where each group and each camera lies on the wall, in CSS pixels. Knows counts and a rectangle, nothing of cameras. */

export interface CellSize {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Texts fit inside. */
  readonly named: boolean;
}

export interface GroupBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Where its cells begin: below the heading. */
  readonly cellsY: number;
  readonly columns: number;
  readonly count: number;
  /** Position of its first camera among all. */
  readonly first: number;
}

export interface WallLayout {
  readonly cell: CellSize;
  readonly boxes: readonly GroupBox[];
  /** May be more than what is in view: then the wall scrolls. */
  readonly height: number;
  readonly count: number;
}

export interface LayoutRequest {
  /** Cameras of each group, in the order in which they are shown. */
  readonly counts: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly headings: boolean;
  /** The smallest cell that is allowed; fingers need more than a mouse. */
  readonly cellPxMin: number;
}

export const HEADING_PX = 20;
const GROUP_GAP_PX = 8;
/** A narrower group has no room for its name. */
const GROUP_PX_MIN = 150;

const square = (px: number): CellSize => ({
  width: px,
  height: px,
  gap: px >= 20 ? 3 : px >= 14 ? 2 : 1,
  named: false,
});

/** From the largest: the first that lets everything be seen at once is taken. */
const SIZES: readonly CellSize[] = [
  { width: 360, height: 54, gap: 6, named: true },
  { width: 280, height: 54, gap: 6, named: true },
  { width: 204, height: 50, gap: 6, named: true },
  { width: 148, height: 44, gap: 5, named: true },
  ...[40, 36, 32, 28, 26, 24, 22, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8].map(square),
];

/** The largest cells with which all groups fit into the rectangle, else the smallest ones and as much height as they need. */
export function layOut(request: LayoutRequest): WallLayout {
  const sizes = SIZES.filter((cell) => cell.width >= request.cellPxMin && cell.width <= request.width);
  const columnsMax = Math.max(1, Math.floor((request.width + GROUP_GAP_PX) / (GROUP_PX_MIN + GROUP_GAP_PX)));
  const total = request.counts.reduce((sum, count) => sum + count, 0);
  let last: WallLayout | undefined;
  for (const [index, cell] of sizes.entries()) {
    // Most sizes are far too large: the cells alone, without a gap at the edge, would fill more than there is.
    const area = total * (cell.width + cell.gap) * (cell.height + cell.gap);
    const room = (request.width + cell.gap) * (request.height + cell.gap);
    if (area > room && index < sizes.length - 1) continue;
    let best: WallLayout | undefined;
    for (let columns = 1; columns <= Math.min(columnsMax, request.counts.length); columns++) {
      if (boxWidthOf(request.width, columns) < cell.width) break;
      const layout = shelves(request, cell, columns);
      if (!best || layout.height < best.height) best = layout;
    }
    last = best ?? last;
    if (best && best.height <= request.height) return best;
  }
  return last ?? { cell: square(request.cellPxMin), boxes: [], height: 0, count: 0 };
}

function boxWidthOf(width: number, columns: number): number {
  return Math.floor((width - (columns - 1) * GROUP_GAP_PX) / columns);
}

/** Groups side by side in columns of one width, row by row; a row is as high as its highest group. */
function shelves({ counts, width, headings }: LayoutRequest, cell: CellSize, columns: number): WallLayout {
  const boxWidth = boxWidthOf(width, columns);
  const perRow = Math.max(1, Math.floor((boxWidth + cell.gap) / (cell.width + cell.gap)));
  const heading = headings ? HEADING_PX : 0;
  const boxes: GroupBox[] = [];
  let y = 0;
  let shelf = 0;
  let first = 0;
  for (const [index, count] of counts.entries()) {
    const column = index % columns;
    if (column === 0 && index > 0) {
      y += shelf + GROUP_GAP_PX;
      shelf = 0;
    }
    const rows = Math.ceil(count / perRow);
    const height = heading + rows * (cell.height + cell.gap) - cell.gap;
    boxes.push({
      x: column * (boxWidth + GROUP_GAP_PX),
      y,
      width: boxWidth,
      height,
      cellsY: y + heading,
      columns: perRow,
      count,
      first,
    });
    shelf = Math.max(shelf, height);
    first += count;
  }
  return { cell, boxes, height: y + shelf, count: first };
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Left upper corner of the camera at a position. */
export function placeOf(layout: WallLayout, position: number): Place | undefined {
  const box = boxOf(layout, position);
  if (!box) return undefined;
  const at = position - box.first;
  return {
    x: box.x + (at % box.columns) * (layout.cell.width + layout.cell.gap),
    y: box.cellsY + Math.floor(at / box.columns) * (layout.cell.height + layout.cell.gap),
  };
}

function boxOf({ boxes }: WallLayout, position: number): GroupBox | undefined {
  let low = 0;
  let high = boxes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const box = boxes[middle];
    if (!box) return undefined;
    if (position < box.first) high = middle - 1;
    else if (position >= box.first + box.count) low = middle + 1;
    else return box;
  }
  return undefined;
}

/** Position of the camera under a point; undefined between cells. */
export function positionAt(layout: WallLayout, x: number, y: number): number | undefined {
  const { cell } = layout;
  for (const box of layout.boxes) {
    if (x < box.x || x >= box.x + box.width || y < box.cellsY || y >= box.y + box.height) continue;
    const column = Math.floor((x - box.x) / (cell.width + cell.gap));
    const row = Math.floor((y - box.cellsY) / (cell.height + cell.gap));
    const at = row * box.columns + column;
    return column < box.columns && at < box.count ? box.first + at : undefined;
  }
  return undefined;
}

/** The nearest camera in the next row above (-1) or below (1); the same position at the edge. */
export function verticalStep(layout: WallLayout, position: number, direction: -1 | 1): number {
  const from = placeOf(layout, position);
  if (!from) return position;
  const pitch = layout.cell.width + layout.cell.gap;
  let found = position;
  let best = Number.POSITIVE_INFINITY;
  for (const box of layout.boxes) {
    const rows = Math.ceil(box.count / box.columns);
    for (let row = 0; row < rows; row++) {
      const y = box.cellsY + row * (layout.cell.height + layout.cell.gap);
      const rise = (y - from.y) * direction;
      if (rise <= 0) continue;
      const inRow = Math.min(box.columns, box.count - row * box.columns);
      const column = Math.max(0, Math.min(inRow - 1, Math.round((from.x - box.x) / pitch)));
      // A row further away counts for more than any distance to the side, unless it is far to the side.
      const distance = rise + Math.abs(box.x + column * pitch - from.x) * 4;
      if (distance >= best) continue;
      best = distance;
      found = box.first + row * box.columns + column;
    }
  }
  return found;
}
