import { AutoPlacer, GRID_COLUMNS } from './layout.ts';
import { type JsonObject, flagAt, numberAt, objectsAt, textAt, valueAt } from './loose-json.ts';

/** Before Grafana 5 a dashboard was a list of rows of 12 columns, each with a height in pixels. */
const SPANS = 12;
const DEFAULT_SPAN = 4;
const DEFAULT_ROW_PIXELS = 250;
/** A grid unit with its gap. */
const UNIT_PIXELS = 38;
const HEIGHT_MIN = 3;

/** The `rows` of an old dashboard as today's flat list of placed panels. */
export function panelsOfRows(rows: readonly JsonObject[]): readonly JsonObject[] {
  const placer = new AutoPlacer([]);
  const showRows = rows.some(
    (row) =>
      flagAt(row, 'collapse') === true || flagAt(row, 'showTitle') === true || (textAt(row, 'repeat') ?? '') !== '',
  );
  return rows.flatMap((row) => {
    const collapsed = flagAt(row, 'collapse') === true;
    const rowPos = showRows ? placer.row() : placer.line();
    const rowHeight = pixels(valueAt(row, 'height')) ?? DEFAULT_ROW_PIXELS;
    const panels = objectsAt(row, 'panels').map((panel): JsonObject => {
      const span = Math.min(SPANS, Math.max(1, numberAt(panel, 'span') ?? DEFAULT_SPAN));
      const height = pixels(valueAt(panel, 'height')) ?? rowHeight;
      const gridPos = placer.panel(
        Math.floor(span) * (GRID_COLUMNS / SPANS),
        Math.max(HEIGHT_MIN, Math.ceil(height / UNIT_PIXELS)),
      );
      return { ...panel, gridPos };
    });
    if (!showRows) return panels;
    const repeat = textAt(row, 'repeat');
    const rowPanel: JsonObject = {
      type: 'row',
      title: textAt(row, 'title') ?? '',
      collapsed,
      gridPos: rowPos,
      ...(repeat === undefined ? {} : { repeat }),
      panels: collapsed ? panels : [],
    };
    return collapsed ? [rowPanel] : [rowPanel, ...panels];
  });
}

/** `250`, `"250px"`. */
function pixels(height: unknown): number | undefined {
  const text = typeof height === 'number' ? String(height) : typeof height === 'string' ? height : '';
  const value = Number(/^(\d+(?:\.\d+)?)(?:px)?$/.exec(text.trim())?.[1] ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
