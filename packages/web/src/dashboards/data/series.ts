import type { FieldModel, OverrideModel, PanelModel } from '@vedette/wire/http';
import { cssColor, paletteColor, visibleOnSurface } from '../../format/color.ts';
import type { Theme } from '../../ui/theme.ts';
import { type Display, type Extent, displayOf, extentOf, thresholdColor } from './display.ts';
import type { Cell, Field, Frame } from './frame.ts';
import { reduceValues } from './reduce.ts';
import { type ResolvedField, resolveField } from './resolve-field.ts';

/** One numeric column of the panel's frames with its settings. */
export interface Series {
  readonly name: string;
  readonly refId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timesMs: readonly number[];
  readonly values: readonly (number | null)[];
  readonly field: ResolvedField;
  readonly color: string;
}

export function seriesOfFrames(frames: readonly Frame[], panel: PanelModel, theme: Theme): Series[] {
  const found: { field: Field; frame: Frame; times: readonly number[] }[] = [];
  for (const frame of frames) {
    const time = frame.fields.find((field) => field.type === 'time');
    for (const field of frame.fields) {
      if (field.type === 'number') found.push({ field, frame, times: (time?.values ?? []) as readonly number[] });
    }
  }
  return found.map(({ field, frame, times }, index) => {
    const { resolved, name } = identify(field, frame.refId, panel.field, panel.overrides);
    const values = field.values as readonly (number | null)[];
    return {
      name,
      refId: frame.refId,
      labels: field.labels,
      timesMs: times,
      values,
      field: resolved,
      color: seriesColor(resolved, index, values, theme),
    };
  });
}

export function identify(
  field: Field,
  refId: string,
  base: FieldModel,
  overrides: readonly OverrideModel[],
): { resolved: ResolvedField; name: string } {
  const resolved = resolveField(base, overrides, { name: field.name, refId, type: field.type });
  const shown = resolved.displayName === '' ? field.name : fillDisplayName(resolved.displayName, field);
  // Overrides may also name the field by what it is called on screen.
  const again =
    shown === field.name ? resolved : resolveField(base, overrides, { name: shown, refId, type: field.type });
  return { resolved: shown === field.name ? resolved : { ...merge(resolved, again, base) }, name: shown };
}

const merge = (first: ResolvedField, second: ResolvedField, base: FieldModel): ResolvedField => {
  const changed = Object.entries(second).filter(
    ([key, value]) => key !== 'custom' && value !== base[key as keyof FieldModel],
  );
  return {
    ...first,
    ...(Object.fromEntries(changed) as Partial<ResolvedField>),
    custom: { ...first.custom, ...differing(second.custom, base.custom) },
  };
};

const differing = (custom: ResolvedField['custom'], base: FieldModel['custom']): Partial<ResolvedField['custom']> =>
  Object.fromEntries(
    Object.entries(custom).filter(([key, value]) => {
      const before = (base as unknown as Record<string, unknown>)[key];
      return before === undefined ? Boolean(value) && key !== 'stackGroup' && value !== 'plain' : value !== before;
    }),
  );

function fillDisplayName(template: string, field: Field): string {
  return template
    .replaceAll(/\$\{__field\.labels\.(\w+)\}/g, (_, name: string) => field.labels[name] ?? '')
    .replaceAll(/\$\{__(?:field\.(?:name|displayName)|series\.name)\}/g, field.name);
}

function seriesColor(field: ResolvedField, index: number, values: readonly (number | null)[], theme: Theme): string {
  const { mode, fixedColor } = field.color;
  if (mode === 'fixed' || mode === 'shades') return visibleOnSurface(cssColor(fixedColor ?? 'blue', theme), theme);
  if (mode === 'thresholds') {
    return cssColor(thresholdColor(reduceValues(values, 'lastNotNull'), field, extentOf(field, values)), theme);
  }
  return visibleOnSurface(paletteColor(index), theme);
}

/** One value to show big: a reduced series or a cell of a table. */
export interface Reading {
  readonly name: string;
  readonly value: Cell;
  readonly display: Display;
  readonly extent: Extent;
  readonly field: ResolvedField;
  readonly spark: readonly (number | null)[];
}

export function readingsOf(frames: readonly Frame[], panel: PanelModel, theme: Theme): Reading[] {
  const series = seriesOfFrames(frames, panel, theme).flatMap((entry) => rowsAsSeries(entry, frames));
  const reduced = series.map((entry) => reduceValues(entry.values, panel.options.reduce));
  return series.map((entry, index) => {
    const value = reduced[index] ?? null;
    const extent = extentOf(entry.field, reduced);
    return {
      name: entry.name,
      value,
      display: displayOf(value, entry.field, index, extent, theme),
      extent,
      field: entry.field,
      spark: entry.values,
    };
  });
}

/** A table answer has one column for many series: each row is a reading named by its labels. */
function rowsAsSeries(entry: Series, frames: readonly Frame[]): Series[] {
  const frame = frames.find(
    (candidate) => candidate.refId === entry.refId && candidate.fields.some((field) => field.values === entry.values),
  );
  const labels = frame?.fields.filter((field) => field.type === 'string') ?? [];
  if (labels.length === 0 || entry.values.length < 2) return [entry];
  return entry.values.map((value, row) => ({
    ...entry,
    name: labels
      .map((field) => String(field.values[row] ?? ''))
      .filter(Boolean)
      .join(' '),
    values: [value],
  }));
}
