import { type JsonObject, asNumber, asText, listAt, numberAt, textAt, valueAt } from './loose-json.ts';
import { thresholdsFromLimits } from './thresholds.ts';
import { unitFromWords } from './units-of-grafana.ts';

/**
 * The short YAML dialect: `panels` with `title`, `type`, `query` or `queries`, `unit`, `legend` (one, or one per query),
 * `thresholds` (bare limits) and `alert_threshold` (drawn as a red dashed line). It is written out as Grafana JSON.
 */
export function isSimplePanel(panel: JsonObject): boolean {
  return typeof valueAt(panel, 'query') === 'string' || Array.isArray(valueAt(panel, 'queries'));
}

export function simplePanelToGrafana(panel: JsonObject): JsonObject {
  const queries = [valueAt(panel, 'query'), ...listAt(panel, 'queries')]
    .map((query) => asText(query) ?? textAt(query, 'expr'))
    .filter((query) => query !== undefined);
  const legend = valueAt(panel, 'legend');
  const legendOf = (i: number): string => (Array.isArray(legend) ? (asText(legend[i]) ?? '') : (asText(legend) ?? ''));
  const limits = listAt(panel, 'thresholds')
    .map((limit) => asNumber(limit))
    .filter((limit) => limit !== undefined);
  const alertAt = numberAt(panel, 'alert_threshold');
  const thresholds =
    limits.length > 0
      ? thresholdsFromLimits(limits)
      : alertAt === undefined
        ? undefined
        : thresholdsFromLimits([alertAt]);
  const type = textAt(panel, 'type') ?? 'graph';
  const drawnAsLines = type === 'graph' || type === 'timeseries';
  // Limits up to 100 on a gauge are percentages: the seed's storage gauge says so only by its figures.
  const isPercentGauge = type === 'gauge' && limits.length > 0 && limits.every((limit) => limit >= 0 && limit <= 100);
  return {
    ...panel,
    type: type === 'graph' ? 'timeseries' : type,
    targets: queries.map((expr, i) => ({ expr, legendFormat: legendOf(i) })),
    fieldConfig: {
      defaults: {
        unit: unitFromWords(textAt(panel, 'unit') ?? (isPercentGauge ? '%' : '')),
        ...(isPercentGauge ? { min: 0, max: 100 } : {}),
        ...(numberAt(panel, 'min') === undefined ? {} : { min: numberAt(panel, 'min') }),
        ...(numberAt(panel, 'max') === undefined ? {} : { max: numberAt(panel, 'max') }),
        ...(thresholds ? { thresholds } : {}),
        custom: {
          fillOpacity: drawnAsLines ? 10 : 0,
          thresholdsStyle: { mode: drawnAsLines && thresholds ? 'dashed' : 'off' },
        },
      },
      overrides: [],
    },
    options: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  };
}
