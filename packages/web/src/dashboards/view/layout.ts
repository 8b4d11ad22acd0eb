import type { PanelModel } from '@vedette/wire/http';
import type { VariableValue } from '../variables/interpolate.ts';

/** A panel at its place; repeated panels appear once for each value. */
export interface PlacedPanel {
  readonly key: string;
  readonly panel: PanelModel;
  readonly gridPos: PanelModel['gridPos'];
  /** Variables narrowed for this copy. */
  readonly scoped: ReadonlyMap<string, VariableValue>;
}

export interface Section {
  readonly key: string;
  /** Null for what stands above the first row. */
  readonly row: PanelModel | null;
  readonly scoped: ReadonlyMap<string, VariableValue>;
  readonly panels: readonly PlacedPanel[];
}

type Values = ReadonlyMap<string, VariableValue>;

const COLUMNS = 24;
const PER_ROW_DEFAULT = 4;

/** Copies of one panel or row are drawn up to this many: a variable with thousands of values must not freeze the page. */
export const REPEATS_MAX = 60;

/** Cuts the dashboard into its rows, each with its own grid, and repeats what is to be repeated. */
export function layOut(panels: readonly PanelModel[], variables: Values): Section[] {
  const sections: { row: PanelModel | null; panels: PanelModel[] }[] = [{ row: null, panels: [] }];
  for (const panel of inReadingOrder(panels)) {
    if (panel.type === 'row') sections.push({ row: panel, panels: [...inReadingOrder(panel.panels ?? [])] });
    else sections.at(-1)?.panels.push(panel);
  }
  return sections
    .filter((section) => section.row !== null || section.panels.length > 0)
    .flatMap(({ row, panels: inside }) =>
      copies(row, variables).map(({ suffix, scoped }): Section => ({
        key: `${row?.id ?? 'top'}${suffix}`,
        row,
        scoped,
        panels: place(inside, new Map([...variables, ...scoped]), scoped, suffix),
      })),
    );
}

function inReadingOrder(panels: readonly PanelModel[]): PanelModel[] {
  return panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
}

function copies(panel: PanelModel | null, variables: Values): { suffix: string; scoped: Values }[] {
  const name = panel?.repeat?.variable;
  const value = name === undefined ? undefined : variables.get(name);
  if (name === undefined || !value || value.values.length === 0) return [{ suffix: '', scoped: new Map() }];
  return value.values.slice(0, REPEATS_MAX).map((entry, index) => ({
    suffix: `-${name}-${entry}`,
    scoped: new Map([
      [
        name,
        {
          values: [entry],
          texts: [value.texts.length === value.values.length ? (value.texts[index] ?? entry) : entry],
          allValue: null,
          multi: value.multi,
        },
      ],
    ]),
  }));
}

function place(panels: readonly PanelModel[], variables: Values, outer: Values, suffix: string): PlacedPanel[] {
  const top = panels.reduce((least, panel) => Math.min(least, panel.gridPos.y), Number.POSITIVE_INFINITY);
  const placed: PlacedPanel[] = [];
  let pushedDown = 0;
  for (const panel of panels) {
    const y = panel.gridPos.y - (Number.isFinite(top) ? top : 0) + pushedDown;
    const all = copies(panel, variables);
    const { w, h, x } = panel.gridPos;
    const sideways = panel.repeat?.direction !== 'v';
    const perRow = all.length > 1 && sideways ? Math.min(all.length, panel.repeat?.maxPerRow ?? PER_ROW_DEFAULT) : 1;
    for (const [index, copy] of all.entries()) {
      const width = all.length > 1 && sideways ? Math.floor(COLUMNS / perRow) : w;
      placed.push({
        key: `${panel.id}${suffix}${copy.suffix}`,
        panel,
        gridPos: {
          x: all.length > 1 && sideways ? (index % perRow) * width : Math.min(x, COLUMNS - 1),
          y: y + Math.floor(index / perRow) * h,
          w: Math.min(width, COLUMNS),
          h,
        },
        scoped: new Map([...outer, ...copy.scoped]),
      });
    }
    pushedDown += (Math.ceil(all.length / perRow) - 1) * h;
  }
  return placed;
}
