import type { ValueMapping } from '@vedette/wire/http';
import { cssColor, gradientColor, paletteColor } from '../../format/color.ts';
import { type DisplayText, displayValue } from '../../format/units.ts';
import type { Theme } from '../../ui/theme.ts';
import type { Cell } from './frame.ts';
import { type ResolvedField, compileGrafanaRegex } from './resolve-field.ts';

export interface Display {
  readonly text: DisplayText;
  /** CSS colour by mapping, threshold or series. */
  readonly color: string;
}

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** How a value is written and coloured: mappings first, then unit and thresholds. */
export function displayOf(value: Cell, field: ResolvedField, index: number, extent: Extent, theme: Theme): Display {
  const mapping = field.mappings.find((candidate) => matchesMapping(candidate, value));
  const color =
    mapping && mapping.color !== '' ? cssColor(mapping.color, theme) : colorOf(value, field, index, extent, theme);
  if (mapping && mapping.text !== '') return { text: { prefix: '', text: mapping.text, suffix: '' }, color };
  if (value === null || (typeof value === 'number' && Number.isNaN(value) && field.noValue !== '')) {
    return { text: { prefix: '', text: field.noValue || 'No data', suffix: '' }, color };
  }
  if (typeof value === 'string') return { text: { prefix: '', text: value, suffix: '' }, color };
  return { text: displayValue(value, field.unit, field.decimals), color };
}

export function matchesMapping(mapping: ValueMapping, value: Cell): boolean {
  switch (mapping.kind) {
    case 'value':
      return (
        value !== null &&
        (String(value) === mapping.match ||
          (typeof value === 'number' && Number(mapping.match) === value && mapping.match !== ''))
      );
    case 'range':
      return typeof value === 'number' && value >= (mapping.from ?? -Infinity) && value <= (mapping.to ?? Infinity);
    case 'regex':
      return value !== null && (compileGrafanaRegex(mapping.match)?.test(String(value)) ?? false);
    case 'special':
      return matchesSpecial(mapping.match, value);
  }
}

function matchesSpecial(match: string, value: Cell): boolean {
  const isNaN = typeof value === 'number' && Number.isNaN(value);
  switch (match) {
    case 'null':
      return value === null;
    case 'nan':
      return isNaN;
    case 'null+nan':
      return value === null || isNaN;
    case 'empty':
      return value === '';
    default:
      return String(value) === match;
  }
}

function colorOf(value: Cell, field: ResolvedField, index: number, extent: Extent, theme: Theme): string {
  const { mode, fixedColor } = field.color;
  if (mode === 'fixed' || mode === 'shades') return cssColor(fixedColor ?? 'blue', theme);
  const part =
    typeof value === 'number' && extent.max > extent.min ? (value - extent.min) / (extent.max - extent.min) : 0;
  const gradient = gradientColor(mode, part);
  if (gradient) return gradient;
  if (mode === 'thresholds' || mode === '') return cssColor(thresholdColor(value, field, extent), theme);
  return paletteColor(index);
}

/** The colour of the last step at or below the value. */
export function thresholdColor(value: Cell, field: ResolvedField, extent: Extent): string {
  const { steps } = field.thresholds;
  let color = steps[0]?.color ?? 'green';
  if (typeof value !== 'number' || Number.isNaN(value)) return value === null ? 'text' : color;
  for (const step of steps) {
    if (value >= stepValue(step.value, field, extent)) color = step.color;
  }
  return color;
}

/** A threshold in the field's own unit; percentages count between minimum and maximum. */
export function stepValue(value: number | null, field: ResolvedField, extent: Extent): number {
  if (value === null) return Number.NEGATIVE_INFINITY;
  return field.thresholds.mode === 'percentage' ? extent.min + ((extent.max - extent.min) * value) / 100 : value;
}

/** Minimum and maximum for gauges: the panel's own, those of the unit, or those of the values. */
export function extentOf(field: ResolvedField, values: readonly (number | null)[]): Extent {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = finite.reduce((a, b) => Math.min(a, b), 0);
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const usual = field.unit === 'percent' ? 100 : field.unit === 'percentunit' ? 1 : null;
  const thresholds = field.thresholds.mode === 'absolute' ? (field.thresholds.steps.at(-1)?.value ?? null) : null;
  const max = field.max ?? usual ?? Math.max(high, thresholds ?? Number.NEGATIVE_INFINITY);
  const min = field.min ?? low;
  return { min, max: Number.isFinite(max) && max > min ? max : min + 1 };
}
