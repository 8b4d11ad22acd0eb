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
} from './loose-json.ts';
import type { ProblemReport } from './report.ts';
import { thresholdsFromSinglestat } from './thresholds.ts';

/** How old panels name a reduction. */
const REDUCTIONS: ReadonlyMap<string, string> = new Map([
  ['avg', 'mean'],
  ['current', 'lastNotNull'],
  ['total', 'sum'],
  ['last_time', 'lastNotNull'],
]);

export function reductionFromOld(name: string | undefined): string | undefined {
  return name === undefined ? undefined : (REDUCTIONS.get(name) ?? name);
}

/** The old `singlestat` panel written as a `stat` (or, with its gauge switched on, `gauge`) panel. */
export function singlestatToStat(panel: JsonObject, report: ProblemReport): JsonObject {
  const isGauge = flagAt(panel, 'gauge', 'show') === true;
  const thresholds = thresholdsFromSinglestat(textAt(panel, 'thresholds') ?? '', listAt(panel, 'colors'));
  const unit = textAt(panel, 'format') ?? '';
  const prefix = textAt(panel, 'prefix') ?? '';
  const postfix = textAt(panel, 'postfix') ?? '';
  const plain = unit === '' || unit === 'none' || unit === 'short';
  const writtenUnit =
    plain && postfix !== '' ? `suffix:${postfix}` : plain && prefix !== '' ? `prefix:${prefix}` : unit;
  if ((prefix !== '' || postfix !== '') && (!plain || (prefix !== '' && postfix !== ''))) {
    report.info(
      'Only the unit of this panel is shown, without the text around it.',
      'Use a unit such as "suffix: text".',
    );
  }
  const name = textAt(panel, 'valueName');
  return {
    ...panel,
    type: isGauge ? 'gauge' : 'stat',
    fieldConfig: {
      defaults: {
        unit: writtenUnit,
        decimals: valueAt(panel, 'decimals'),
        noValue: textAt(panel, 'nullText') ?? '',
        ...(isGauge
          ? { min: numberAt(panel, 'gauge', 'minValue') ?? 0, max: numberAt(panel, 'gauge', 'maxValue') ?? 100 }
          : {}),
        ...(thresholds ? { thresholds } : {}),
        mappings: [
          ...objectsAt(panel, 'valueMaps').map((map) => ({
            type: '1',
            value: textAt(map, 'value'),
            text: textAt(map, 'text'),
          })),
          ...objectsAt(panel, 'rangeMaps').map((map) => ({
            type: '2',
            from: valueAt(map, 'from'),
            to: valueAt(map, 'to'),
            text: textAt(map, 'text'),
          })),
        ],
      },
      overrides: [],
    },
    options: {
      reduceOptions: { calcs: [reductionFromOld(name === 'name' ? undefined : name) ?? 'mean'] },
      textMode: name === 'name' ? 'name' : 'auto',
      colorMode:
        flagAt(panel, 'colorBackground') === true
          ? 'background'
          : flagAt(panel, 'colorValue') === true
            ? 'value'
            : 'none',
      graphMode: flagAt(panel, 'sparkline', 'show') === true ? 'area' : 'none',
    },
  };
}

/** Gauges of Grafana 6 and 7 kept the field settings in `options.fieldOptions`. */
export function withFieldOptions(panel: JsonObject): JsonObject {
  const old = valueAt(panel, 'options', 'fieldOptions');
  if (!isObject(old)) return panel;
  const steps = objectsAt(old, 'thresholds').map((step) => ({ ...step, value: valueAt(step, 'value') }));
  const defaults = objectAt(old, 'defaults');
  return {
    ...panel,
    fieldConfig: {
      defaults: {
        ...defaults,
        ...(steps.length > 0 && valueAt(defaults, 'thresholds') === undefined
          ? { thresholds: { mode: 'absolute', steps } }
          : {}),
        ...(valueAt(defaults, 'mappings') === undefined ? { mappings: listAt(old, 'mappings') } : {}),
        ...objectAt(panel, 'fieldConfig', 'defaults'),
      },
      overrides: [
        ...objectsAt(old, 'override'),
        ...objectsAt(old, 'overrides'),
        ...objectsAt(panel, 'fieldConfig', 'overrides'),
      ],
    },
    options: {
      reduceOptions: { calcs: listAt(old, 'calcs').map((calc) => reductionFromOld(String(calc))) },
      ...objectAt(panel, 'options'),
    },
  };
}

/** The old table's `styles` (one entry per column pattern) written as overrides. */
export function tableStyles(panel: JsonObject, report: ProblemReport): readonly JsonObject[] {
  return objectsAt(panel, 'styles').flatMap((style) => {
    const pattern = textAt(style, 'pattern');
    if (pattern === undefined || pattern === '') return [];
    const properties: JsonObject[] = [];
    const alias = textAt(style, 'alias');
    if (alias !== undefined && alias !== '') properties.push({ id: 'displayName', value: alias });
    const type = textAt(style, 'type');
    if (type === 'hidden') properties.push({ id: 'custom.hidden', value: true });
    if (type === 'number') {
      properties.push({ id: 'unit', value: textAt(style, 'unit') ?? '' });
      const decimals = numberAt(style, 'decimals');
      if (decimals !== undefined) properties.push({ id: 'decimals', value: decimals });
    }
    if (valueAt(style, 'link') === true) report.info('Links in table cells are not drawn.');
    const matcher = /^\/.*\/$/.test(pattern)
      ? { id: 'byRegexp', options: pattern }
      : { id: 'byName', options: pattern };
    return properties.length === 0 ? [] : [{ matcher, properties }];
  });
}
