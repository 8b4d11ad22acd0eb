import type { DashboardModel, DashboardSummary, PanelModel } from '@vedette/wire/http';
import { VedetteError } from '../base/errors.ts';
import { AutoPlacer, inReadingOrder, readGridPos } from './layout.ts';
import { panelsOfRows } from './legacy-rows.ts';
import { DEPTH_MAX, PANELS_MAX } from './limits.ts';
import {
  type JsonObject,
  flagAt,
  isDeeperThan,
  isObject,
  listAt,
  numberAt,
  objectsAt,
  textAt,
  valueAt,
} from './loose-json.ts';
import { type PanelContext, readPanel } from './panel.ts';
import type { ExpressionChecker } from './ports.ts';
import { ProblemReport } from './report.ts';
import { readVariables } from './variables.ts';

export interface DashboardIdentity {
  readonly uid: string;
  /** Used when the document has no title. */
  readonly title: string;
  readonly folder: string;
  readonly source: DashboardSummary['source'];
}

/**
 * Grafana JSON of any age as the model that is drawn. Whatever can be repaired is, with a note; throws DASHBOARD_INVALID only
 * when there is no dashboard in the document or it is over a limit.
 */
export function normaliseDashboard(
  document: unknown,
  identity: DashboardIdentity,
  checker: ExpressionChecker,
): DashboardModel {
  const report = new ProblemReport();
  const dashboard = unwrapDashboard(document);
  const variables = readVariables(dashboard, report);
  const sources = panelSources(dashboard);
  const reader = new PanelReader(sources, { variables, checker }, report);
  const panels = reader.read();
  reportUndrawn(dashboard, report);
  const refresh = valueAt(dashboard, 'refresh');
  return {
    uid: identity.uid,
    title: textAt(dashboard, 'title')?.trim() || identity.title,
    description: textAt(dashboard, 'description') ?? '',
    tags: listAt(dashboard, 'tags').filter((tag) => typeof tag === 'string'),
    folder: identity.folder,
    source: identity.source,
    time: { from: textAt(dashboard, 'time', 'from') ?? 'now-1h', to: textAt(dashboard, 'time', 'to') ?? 'now' },
    refresh: typeof refresh === 'string' ? refresh : '',
    timezone: textAt(dashboard, 'timezone') ?? 'browser',
    variables,
    panels,
    problems: report.list(),
  };
}

/** The dashboard itself, whether or not it is wrapped for Grafana's import API. */
export function unwrapDashboard(document: unknown): JsonObject {
  if (isDeeperThan(document, DEPTH_MAX)) throw invalid(`it nests more than ${DEPTH_MAX} levels deep`);
  const inner = valueAt(document, 'dashboard');
  const dashboard = isObject(inner) ? inner : document;
  if (!isObject(dashboard)) throw invalid('its top level is not an object');
  if (usesSchemaV2(dashboard)) throw invalid(...SCHEMA_V2);
  return dashboard;
}

/** What is wrong with a dashboard in Grafana's newest form, and the remedy. */
export const SCHEMA_V2 = [
  'it uses schema v2 (elements and layout), which this version does not read',
  'export it with the classic JSON model',
] as const;

export function usesSchemaV2(document: unknown): boolean {
  return isObject(valueAt(document, 'spec', 'elements')) || isObject(valueAt(document, 'elements'));
}

export function looksLikeDashboard(document: unknown): boolean {
  const inner = valueAt(document, 'dashboard');
  const dashboard = isObject(inner) ? inner : document;
  return Array.isArray(valueAt(dashboard, 'panels')) || Array.isArray(valueAt(dashboard, 'rows'));
}

function panelSources(dashboard: JsonObject): readonly JsonObject[] {
  const panels = valueAt(dashboard, 'panels');
  const rows = valueAt(dashboard, 'rows');
  if (panels !== undefined && panels !== null && !Array.isArray(panels)) throw invalid('"panels" is not a list');
  if (!Array.isArray(panels) && !Array.isArray(rows))
    throw invalid('it has no "panels"', 'a dashboard is Grafana JSON, or YAML with a "panels" list');
  const flat = objectsAt(dashboard, 'panels');
  const sources = flat.length > 0 ? flat : panelsOfRows(objectsAt(dashboard, 'rows'));
  const count = sources.reduce((sum, panel) => sum + 1 + listAt(panel, 'panels').length, 0);
  if (count > PANELS_MAX) throw invalid(`it has ${count} panels; at most ${PANELS_MAX} are accepted`);
  return sources;
}

function invalid(what: string, remedy?: string): VedetteError {
  return new VedetteError(
    'DASHBOARD_INVALID',
    `not a dashboard that can be read: ${what}${remedy === undefined ? '' : `; ${remedy}`}`,
  );
}

/** Gives every panel an id and a place, then reads it. */
class PanelReader {
  readonly #sources: readonly JsonObject[];
  readonly #context: PanelContext;
  readonly #report: ProblemReport;
  readonly #ids = new Set<number>();
  #nextId = 1;
  #unplaced = 0;

  constructor(sources: readonly JsonObject[], context: PanelContext, report: ProblemReport) {
    this.#sources = sources;
    this.#context = context;
    this.#report = report;
    const given = sources
      .flatMap((source) => [source, ...objectsAt(source, 'panels')])
      .map((source) => numberAt(source, 'id') ?? 0);
    this.#nextId = given.reduce((max, id) => Math.max(max, isPanelId(id) ? id : 0), 0) + 1;
  }

  read(): readonly PanelModel[] {
    const panels = this.#level(this.#sources, new AutoPlacer(this.#sources.map((source) => readGridPos(source))));
    const unplaced =
      this.#unplaced === 1 ? '1 panel without "gridPos" was' : `${this.#unplaced} panels without "gridPos" were`;
    if (this.#unplaced > 0) this.#report.info(`${unplaced} placed two abreast.`);
    return panels;
  }

  #level(sources: readonly JsonObject[], placer: AutoPlacer): readonly PanelModel[] {
    const panels: PanelModel[] = [];
    for (const source of sources) {
      const isRow = textAt(source, 'type') === 'row';
      const given = readGridPos(source);
      if (!given && !isRow) this.#unplaced++;
      const gridPos = given ?? (isRow ? placer.row() : placer.panel());
      const panel = readPanel(source, this.#id(source), gridPos, this.#context);
      if (!isRow) {
        panels.push(panel);
        continue;
      }
      const inner = objectsAt(source, 'panels').filter((child) => textAt(child, 'type') !== 'row');
      const innerPlacer = new AutoPlacer([gridPos, ...inner.map((child) => readGridPos(child))]);
      const children = this.#level(inner, innerPlacer);
      const collapsed = flagAt(source, 'collapsed') === true;
      panels.push({ ...panel, collapsed, panels: collapsed ? children : [] });
      // An open row's panels stand beside it; files that keep them inside are read all the same.
      if (!collapsed) panels.push(...children);
    }
    return inReadingOrder(panels);
  }

  #id(source: JsonObject): number {
    const given = numberAt(source, 'id');
    if (given !== undefined && isPanelId(given) && !this.#ids.has(given)) {
      this.#ids.add(given);
      return given;
    }
    if (given !== undefined && this.#ids.has(given))
      this.#report.info(`Two panels have the id ${given}; the second got another.`);
    const id = this.#nextId++;
    this.#ids.add(id);
    return id;
  }
}

/** Ids travel in URLs and as numbers through JSON. */
function isPanelId(id: number): boolean {
  return Number.isSafeInteger(id) && id > 0 && id < PANEL_ID_MAX;
}

/** Leaves room for the ids that are handed out. */
const PANEL_ID_MAX = 2 ** 40;

function reportUndrawn(dashboard: JsonObject, report: ProblemReport): void {
  const annotations = objectsAt(dashboard, 'annotations', 'list').filter((entry) => numberAt(entry, 'builtIn') !== 1);
  if (annotations.length > 0) report.info(`${annotations.length} annotation queries are not drawn.`);
  if (objectsAt(dashboard, 'links').length > 0) report.info('Links of the dashboard are not drawn.');
  if (listAt(dashboard, '__inputs').length > 0)
    report.info('Data source inputs are ignored: every query asks this Vedette.');
}

export function summarise(model: DashboardModel): DashboardSummary {
  const panels = model.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const severe = (list: DashboardModel['problems']): number =>
    list.filter((problem) => problem.severity !== 'info').length;
  const inPanels = panels.reduce(
    (sum, panel) => sum + severe(panel.problems) + panel.targets.filter((target) => target.problem).length,
    0,
  );
  return {
    uid: model.uid,
    title: model.title,
    description: model.description,
    tags: model.tags,
    folder: model.folder,
    source: model.source,
    panelCount: panels.filter((panel) => panel.type !== 'row').length,
    problemCount: severe(model.problems) + inPanels,
  };
}
