import type { FieldModel, OverrideModel, PanelType, TransformationModel } from '@vedette/wire/http';
import { OVERRIDES_PER_PANEL_MAX } from './limits.ts';
import {
  type JsonObject,
  flagAt,
  isObject,
  listAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  valueAt,
  wordAt,
} from './loose-json.ts';
import type { ProblemReport } from './report.ts';
import { NO_THRESHOLDS, readMappings, readThresholds } from './thresholds.ts';
import { unitFromGrafana } from './units-of-grafana.ts';

/** `fieldConfig.defaults` of a panel in Grafana's present form; whatever is absent gets the value Grafana draws with. */
export function readField(defaults: JsonObject, type: PanelType, report: ProblemReport): FieldModel {
  const custom = objectAt(defaults, 'custom');
  const fixedColor = textAt(defaults, 'color', 'fixedColor');
  const usesPalette = type === 'timeseries' || type === 'heatmap';
  const stacking = wordAt(['none', 'normal', 'percent'], custom, 'stacking', 'mode');
  const scale = textAt(custom, 'scaleDistribution', 'type');
  if (scale === 'symlog') report.info('A symmetric logarithmic axis is drawn as a logarithmic one.');
  return {
    unit: unitFromGrafana(textAt(defaults, 'unit') ?? ''),
    decimals: decimalsAt(defaults),
    min: numberAt(defaults, 'min') ?? null,
    max: numberAt(defaults, 'max') ?? null,
    displayName: textAt(defaults, 'displayName') ?? '',
    noValue: textAt(defaults, 'noValue') ?? '',
    thresholds: readThresholds(valueAt(defaults, 'thresholds')) ?? NO_THRESHOLDS,
    mappings: readMappings(valueAt(defaults, 'mappings')),
    color: {
      mode: textAt(defaults, 'color', 'mode') ?? (usesPalette ? 'palette-classic' : 'thresholds'),
      ...(fixedColor === undefined ? {} : { fixedColor }),
    },
    custom: {
      drawStyle: wordAt(['line', 'bars', 'points'], custom, 'drawStyle') ?? 'line',
      lineInterpolation:
        wordAt(['linear', 'smooth', 'stepBefore', 'stepAfter'], custom, 'lineInterpolation') ?? 'linear',
      lineWidth: bounded(numberAt(custom, 'lineWidth'), 1, 0, 10),
      fillOpacity: bounded(numberAt(custom, 'fillOpacity'), 0, 0, 100),
      showPoints: wordAt(['auto', 'always', 'never'], custom, 'showPoints') ?? 'auto',
      // A number means "up to that many milliseconds": a gap longer than a panel's step is rarely meant to close.
      spanNulls: flagAt(custom, 'spanNulls') ?? numberAt(custom, 'spanNulls') !== undefined,
      stacking: stacking ?? 'none',
      axisLabel: textAt(custom, 'axisLabel') ?? '',
      axisPlacement: wordAt(['auto', 'left', 'right', 'hidden'], custom, 'axisPlacement') ?? 'auto',
      scale: scale === 'log' || scale === 'symlog' ? 'log' : 'linear',
      thresholdsStyle: thresholdsStyle(textAt(custom, 'thresholdsStyle', 'mode')),
    },
  };
}

/** Decimals as printed numbers can have them; anything else means automatic. */
function decimalsAt(defaults: JsonObject): number | null {
  const decimals = numberAt(defaults, 'decimals');
  return decimals === undefined ? null : bounded(Math.round(decimals), 0, 0, 20);
}

export function bounded(value: number | undefined, otherwise: number, min: number, max: number): number {
  return value === undefined ? otherwise : Math.min(max, Math.max(min, value));
}

function thresholdsStyle(mode: string | undefined): FieldModel['custom']['thresholdsStyle'] {
  switch (mode) {
    case 'line':
    case 'dashed':
    case 'area':
    case 'line+area':
      return mode;
    case 'dashed+area':
      return 'line+area';
    default:
      return 'off';
  }
}

const MATCHERS = ['byName', 'byRegexp', 'byNames', 'byFrameRefID', 'byType'] as const;

export function readOverrides(overrides: readonly unknown[], report: ProblemReport): readonly OverrideModel[] {
  const read: OverrideModel[] = [];
  for (const override of overrides.slice(0, OVERRIDES_PER_PANEL_MAX)) {
    if (!isObject(override)) continue;
    const id = wordAt(MATCHERS, override, 'matcher', 'id');
    if (id === undefined) {
      report.warning(
        `The override with matcher "${textAt(override, 'matcher', 'id') ?? ''}" is not applied.`,
        `Use one of ${MATCHERS.join(', ')}.`,
      );
      continue;
    }
    const properties = objectsAt(override, 'properties').flatMap((property) => {
      const propertyId = textAt(property, 'id');
      return propertyId === undefined ? [] : [{ id: propertyId, value: valueAt(property, 'value') ?? null }];
    });
    read.push({ matcher: { id, value: valueAt(override, 'matcher', 'options') ?? null }, properties });
  }
  if (overrides.length > OVERRIDES_PER_PANEL_MAX) {
    report.warning(`Only the first ${OVERRIDES_PER_PANEL_MAX} of ${overrides.length} overrides are applied.`);
  }
  return read;
}

/** `transformations`, or the misspelt `transform` list that hand-written files carry. */
export function readTransformations(panel: JsonObject, report: ProblemReport): readonly TransformationModel[] {
  const present = listAt(panel, 'transformations');
  const list = present.length > 0 ? present : listAt(panel, 'transform');
  if (list.length > 0 && present.length === 0) report.info('"transform" is read as "transformations".');
  return list.flatMap((entry) => {
    const id = textAt(entry, 'id');
    if (id === undefined || flagAt(entry, 'disabled') === true) return [];
    return [{ id, options: objectAt(entry, 'options') }];
  });
}
