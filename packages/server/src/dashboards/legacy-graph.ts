import { type JsonObject, flagAt, isObject, numberAt, objectAt, objectsAt, textAt, valueAt } from './loose-json.ts';
import type { ProblemReport } from './report.ts';
import { thresholdsFromGraph } from './thresholds.ts';

/** The old `graph` panel written as a `timeseries` panel; keys that have no successor are reported. */
export function graphToTimeseries(panel: JsonObject, report: ProblemReport): JsonObject {
  const axes = objectsAt(panel, 'yaxes').length > 0 ? objectsAt(panel, 'yaxes') : objectsAt(panel, 'yAxes');
  const left = axes[0] ?? objectAt(panel, 'yAxes');
  const right = axes[1];
  const marks = thresholdsFromGraph(objectsAt(panel, 'thresholds'));
  const stacked = flagAt(panel, 'stack') === true;
  const bars = flagAt(panel, 'bars') === true;
  const lines = flagAt(panel, 'lines') !== false;
  const points = flagAt(panel, 'points') === true;
  const own = objectAt(panel, 'fieldConfig', 'defaults');
  const custom = {
    drawStyle: bars && !lines ? 'bars' : points && !lines && !bars ? 'points' : bars ? 'bars' : 'line',
    lineInterpolation: flagAt(panel, 'steppedLine') === true ? 'stepAfter' : 'linear',
    lineWidth: numberAt(panel, 'linewidth') ?? 1,
    fillOpacity: bars ? 100 : (numberAt(panel, 'fill') ?? 1) * 10,
    showPoints: points ? 'always' : 'never',
    spanNulls: textAt(panel, 'nullPointMode') === 'connected',
    stacking: { mode: stacked ? (flagAt(panel, 'percentage') === true ? 'percent' : 'normal') : 'none' },
    axisLabel: textAt(left, 'label') ?? '',
    axisPlacement: flagAt(left, 'show') === false ? 'hidden' : 'auto',
    scaleDistribution: { type: (numberAt(left, 'logBase') ?? 1) > 1 ? 'log' : 'linear' },
    thresholdsStyle: { mode: marks?.style ?? 'off' },
  };
  const xAxisMode = textAt(panel, 'xaxis', 'mode');
  if (xAxisMode !== undefined && xAxisMode !== 'time') {
    report.warning(
      `The x axis shows time, not "${xAxisMode}".`,
      'Use a bar gauge or a table for one value per series.',
    );
  }
  if (textAt(panel, 'nullPointMode') === 'null as zero')
    report.info('Missing values are drawn as gaps, not as zero.', 'Add "or vector(0)" to the query.');
  return {
    ...panel,
    fieldConfig: {
      defaults: {
        ...own,
        unit: textAt(own, 'unit') ?? textAt(left, 'format') ?? textAt(left, 'unit') ?? '',
        decimals: valueAt(panel, 'decimals') ?? valueAt(left, 'decimals'),
        min: valueAt(left, 'min'),
        max: valueAt(left, 'max'),
        ...(marks ? { thresholds: marks.thresholds } : {}),
        custom: { ...custom, ...objectAt(own, 'custom') },
      },
      overrides: [
        ...objectsAt(panel, 'fieldConfig', 'overrides'),
        ...aliasColors(objectAt(panel, 'aliasColors')),
        ...objectsAt(panel, 'seriesOverrides').flatMap((override) => seriesOverride(override, right, report)),
      ],
    },
    options: {
      legend: graphLegend(objectAt(panel, 'legend')),
      tooltip: { mode: flagAt(panel, 'tooltip', 'shared') === false ? 'single' : 'multi' },
    },
  };
}

function aliasColors(colors: JsonObject): readonly JsonObject[] {
  return Object.entries(colors).flatMap(([name, color]) =>
    typeof color === 'string'
      ? [
          {
            matcher: { id: 'byName', options: name },
            properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
          },
        ]
      : [],
  );
}

/** Old key → new property; keys not listed are reported. */
const SERIES_PROPERTIES: Readonly<
  Record<string, (value: unknown) => { readonly id: string; readonly value: unknown }>
> = {
  color: (value) => ({ id: 'color', value: { mode: 'fixed', fixedColor: value } }),
  fill: (value) => ({ id: 'custom.fillOpacity', value: (typeof value === 'number' ? value : 1) * 10 }),
  linewidth: (value) => ({ id: 'custom.lineWidth', value }),
  bars: (value) => ({ id: 'custom.drawStyle', value: value === true ? 'bars' : 'line' }),
  lines: (value) => ({ id: 'custom.lineWidth', value: value === false ? 0 : 1 }),
  points: (value) => ({ id: 'custom.showPoints', value: value === true ? 'always' : 'never' }),
  dashes: (value) => ({ id: 'custom.lineStyle', value: { fill: value === true ? 'dash' : 'solid', dash: [10, 10] } }),
  steppedLine: (value) => ({ id: 'custom.lineInterpolation', value: value === true ? 'stepAfter' : 'linear' }),
  stack: (value) => ({ id: 'custom.stacking', value: { mode: value === false ? 'none' : 'normal', group: 'A' } }),
  transform: (value) => ({ id: 'custom.transform', value }),
  legend: (value) => ({ id: 'custom.hideFrom', value: { legend: value === false, tooltip: false, viz: false } }),
  hiddenSeries: (value) => ({ id: 'custom.hideFrom', value: { legend: false, tooltip: false, viz: value === true } }),
};

/** Keys that change nothing a reader would miss. */
const SERIES_IGNORED = new Set([
  'alias',
  '$$hashKey',
  'zindex',
  'dashLength',
  'spaceLength',
  'pointradius',
  'nullPointMode',
  'fillGradient',
]);

function seriesOverride(
  override: JsonObject,
  right: JsonObject | undefined,
  report: ProblemReport,
): readonly JsonObject[] {
  const alias = textAt(override, 'alias');
  if (alias === undefined || alias === '') return [];
  const matcher = { id: /^\/.*\/[a-z]*$/.test(alias) ? 'byRegexp' : 'byName', options: alias };
  const properties: JsonObject[] = [];
  for (const [key, value] of Object.entries(override)) {
    const convert = Object.hasOwn(SERIES_PROPERTIES, key) ? SERIES_PROPERTIES[key] : undefined;
    if (convert) properties.push(convert(value));
    else if (key === 'yaxis' && numberAt(override, key) === 2) {
      properties.push({ id: 'custom.axisPlacement', value: 'right' });
      const unit = textAt(right, 'format');
      if (unit !== undefined) properties.push({ id: 'unit', value: unit });
      for (const bound of ['min', 'max'] as const) {
        const limit = numberAt(right, bound);
        if (limit !== undefined) properties.push({ id: bound, value: limit });
      }
    } else if (key !== 'yaxis' && !SERIES_IGNORED.has(key))
      report.info(`The series override "${key}" of a graph panel is not drawn.`);
  }
  return [{ matcher, properties }];
}

/** `values` switches the figures on; each figure has its own flag. */
function graphLegend(legend: JsonObject): JsonObject {
  const calcs =
    flagAt(legend, 'values') === true
      ? LEGEND_FIGURES.filter(([key]) => flagAt(legend, key) === true).map(([, calc]) => calc)
      : [];
  return {
    showLegend: flagAt(legend, 'show') !== false,
    displayMode: flagAt(legend, 'alignAsTable') === true ? 'table' : 'list',
    placement: flagAt(legend, 'rightSide') === true ? 'right' : 'bottom',
    calcs,
  };
}

const LEGEND_FIGURES = [
  ['min', 'min'],
  ['max', 'max'],
  ['avg', 'mean'],
  ['current', 'lastNotNull'],
  ['total', 'sum'],
] as const;

/** The old `heatmap` panel, and the seeds' `heatmap.yAxis`: the y axis carries unit and decimals. */
export function heatmapFields(panel: JsonObject): JsonObject {
  const axis = [valueAt(panel, 'options', 'yAxis'), valueAt(panel, 'heatmap', 'yAxis'), valueAt(panel, 'yAxis')].find(
    (found) => isObject(found),
  );
  const own = objectAt(panel, 'fieldConfig', 'defaults');
  return {
    ...own,
    unit: textAt(own, 'unit') ?? textAt(axis, 'unit') ?? textAt(axis, 'format') ?? '',
    decimals: valueAt(own, 'decimals') ?? valueAt(axis, 'decimals'),
    min: valueAt(own, 'min') ?? valueAt(axis, 'min'),
    max: valueAt(own, 'max') ?? valueAt(axis, 'max'),
  };
}
