import type { PanelModel, PanelType, VariableModel } from '@vedette/wire/http';
import { bounded, readField, readOverrides, readTransformations } from './field-config.ts';
import { graphToTimeseries, heatmapFields } from './legacy-graph.ts';
import { singlestatToStat, tableStyles, withFieldOptions } from './legacy-stat.ts';
import { type JsonObject, flagAt, isObject, numberAt, objectAt, objectsAt, textAt, valueAt } from './loose-json.ts';
import { readOptions } from './options.ts';
import type { ExpressionChecker } from './ports.ts';
import { ProblemReport } from './report.ts';
import { isSimplePanel, simplePanelToGrafana } from './simple-dialect.ts';
import { readTargets } from './targets.ts';

/** Type in the file → type drawn; whatever is missing here becomes `unsupported`. */
const TYPES: ReadonlyMap<string, PanelType> = new Map([
  ['stat', 'stat'],
  ['singlestat', 'stat'],
  ['grafana-singlestat-panel', 'stat'],
  ['timeseries', 'timeseries'],
  ['graph', 'timeseries'],
  ['gauge', 'gauge'],
  ['bargauge', 'bargauge'],
  ['heatmap', 'heatmap'],
  ['heatmap-new', 'heatmap'],
  ['table', 'table'],
  ['table-old', 'table'],
  ['row', 'row'],
  ['text', 'text'],
]);

export interface PanelContext {
  readonly variables: readonly VariableModel[];
  readonly checker: ExpressionChecker;
}

/** One panel whose id and place are settled; rows get their panels from the caller. */
export function readPanel(
  source: JsonObject,
  id: number,
  gridPos: PanelModel['gridPos'],
  context: PanelContext,
): PanelModel {
  const report = new ProblemReport();
  const sourceType = textAt(source, 'type') ?? '';
  const panel = inPresentForm(source, sourceType, report);
  const type = TYPES.get(textAt(panel, 'type') ?? '') ?? 'unsupported';
  if (type === 'unsupported') reportUnsupported(source, sourceType, report);
  reportUndrawn(source, report);
  const repeat = textAt(panel, 'repeat');
  const maxPerRow = numberAt(panel, 'maxPerRow');
  const maxDataPoints = numberAt(panel, 'maxDataPoints');
  const defaults = type === 'heatmap' ? heatmapFields(panel) : objectAt(panel, 'fieldConfig', 'defaults');
  const targets =
    type === 'row' || type === 'text' ? [] : readTargets(panel, type, context.variables, context.checker, report);
  return {
    id,
    type,
    sourceType,
    title: textAt(panel, 'title') ?? '',
    description: textAt(panel, 'description') ?? '',
    gridPos,
    targets,
    field: readField(defaults, type, report),
    overrides: readOverrides(
      [...objectsAt(panel, 'fieldConfig', 'overrides'), ...(type === 'table' ? tableStyles(source, report) : [])],
      report,
    ),
    transformations: readTransformations(panel, report),
    options: readOptions(panel, type, report),
    ...(repeat === undefined || repeat === ''
      ? {}
      : {
          repeat: {
            variable: repeat,
            direction: textAt(panel, 'repeatDirection') === 'v' ? ('v' as const) : ('h' as const),
            ...(maxPerRow === undefined ? {} : { maxPerRow: bounded(Math.round(maxPerRow), 4, 1, 24) }),
          },
        }),
    ...textWhenSet('timeFrom', panel, 'timeFrom'),
    ...textWhenSet('timeShift', panel, 'timeShift'),
    ...textWhenSet('intervalMin', panel, 'interval'),
    ...(maxDataPoints === undefined || maxDataPoints < 1 ? {} : { maxDataPoints: Math.round(maxDataPoints) }),
    transparent: flagAt(panel, 'transparent') === true,
    problems: report.list(),
  };
}

/** Panels of the past and hand-written ones, written as today's Grafana would. */
function inPresentForm(source: JsonObject, sourceType: string, report: ProblemReport): JsonObject {
  if (isSimplePanel(source)) return simplePanelToGrafana(source);
  switch (sourceType) {
    case 'graph':
      return { ...graphToTimeseries(source, report), type: 'timeseries' };
    case 'singlestat':
    case 'grafana-singlestat-panel':
      return singlestatToStat(source, report);
    case 'gauge':
    case 'bargauge':
    case 'stat':
      return withFieldOptions(source);
    default:
      return source;
  }
}

function textWhenSet<Key extends string>(key: Key, panel: JsonObject, from: string): Partial<Record<Key, string>> {
  const text = textAt(panel, from);
  return text === undefined || text === '' ? {} : ({ [key]: text } as Record<Key, string>);
}

function reportUnsupported(source: JsonObject, sourceType: string, report: ProblemReport): void {
  if (isObject(valueAt(source, 'libraryPanel'))) {
    report.warning(
      'A library panel lives outside of its dashboard and is not drawn.',
      'Unlink the library panel before exporting.',
    );
  } else {
    report.warning(
      sourceType === '' ? 'This panel says no type and is not drawn.' : `Panels of type "${sourceType}" are not drawn.`,
      'Its queries run in Explore.',
    );
  }
}

function reportUndrawn(source: JsonObject, report: ProblemReport): void {
  if (objectsAt(source, 'links').length > 0 || objectsAt(source, 'fieldConfig', 'defaults', 'links').length > 0) {
    report.info('Links of this panel are not drawn.');
  }
  if (isObject(valueAt(source, 'alert'))) {
    report.info('The alert kept in this panel is not evaluated.', 'Write it as an alerting rule in a rule file.');
  }
}
