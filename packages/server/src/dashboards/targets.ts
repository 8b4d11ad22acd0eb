import type { PanelType, TargetModel, VariableModel } from '@vedette/wire/http';
import { fillVariables } from './expression-placeholders.ts';
import { EXPRESSION_LENGTH_MAX, TARGETS_PER_PANEL_MAX } from './limits.ts';
import { type JsonObject, flagAt, objectsAt, textAt, valueAt, wordAt } from './loose-json.ts';
import type { ExpressionChecker, ExpressionProblem } from './ports.ts';
import type { ProblemReport } from './report.ts';

/** Data sources whose queries are PromQL, or that only stand for another one. */
const PROMQL_SOURCES = new Set([
  '',
  'prometheus',
  'default',
  'datasource',
  'mixed',
  'grafana-amazonprometheus-datasource',
  'victoriametrics-metrics-datasource',
]);
/** Data sources known to speak another language. */
const OTHER_LANGUAGES = new Set([
  'loki',
  'elasticsearch',
  'jaeger',
  'tempo',
  'zipkin',
  'influxdb',
  'graphite',
  'cloudwatch',
  'mysql',
  'postgres',
  'opentsdb',
  '__expr__',
  'grafana',
  'testdata',
]);

export function readTargets(
  panel: JsonObject,
  type: PanelType,
  variables: readonly VariableModel[],
  checker: ExpressionChecker,
  report: ProblemReport,
): readonly TargetModel[] {
  const list = objectsAt(panel, 'targets');
  if (list.length > TARGETS_PER_PANEL_MAX)
    report.warning(`Only the first ${TARGETS_PER_PANEL_MAX} of ${list.length} queries are read.`);
  const source = sourceType(panel);
  const taken = new Set<string>();
  const targets: TargetModel[] = [];
  for (const entry of list.slice(0, TARGETS_PER_PANEL_MAX)) {
    const expr = expressionOf(entry);
    const refId = freeRefId(textAt(entry, 'refId'), taken);
    taken.add(refId);
    if (expr === undefined) {
      report.warning(`Query ${refId} holds no PromQL expression and is left out.`);
      continue;
    }
    const target = readTarget(entry, expr, refId, type);
    const problem = problemOf(expr, sourceType(entry) || source, variables, checker);
    targets.push(problem ? { ...target, problem } : target);
  }
  return targets;
}

function readTarget(entry: JsonObject, expr: string, refId: string, type: PanelType): TargetModel {
  const format = wordAt(['time_series', 'table', 'heatmap'], entry, 'format') ?? 'time_series';
  const declaredInstant = flagAt(entry, 'instant');
  const declaredRange = flagAt(entry, 'range');
  // A table made by hand lists the present values; Grafana's editor always writes one of the two flags.
  const table = type === 'table' && format === 'table' && declaredInstant === undefined && declaredRange === undefined;
  const instant = declaredInstant ?? table;
  return {
    refId,
    expr,
    legendFormat: textAt(entry, 'legendFormat') ?? '',
    format,
    instant,
    range: declaredRange ?? !instant,
    interval: textAt(entry, 'interval') ?? '',
    hide: flagAt(entry, 'hide') === true,
  };
}

function expressionOf(entry: JsonObject): string | undefined {
  const expr =
    textAt(entry, 'expr') ?? (typeof valueAt(entry, 'query') === 'string' ? textAt(entry, 'query') : undefined);
  return expr === undefined || expr.trim() === '' ? undefined : expr;
}

/** `datasource: {type, uid}`, or in old files its name; names say nothing about the type. */
function sourceType(entry: JsonObject): string {
  const type = textAt(entry, 'datasource', 'type');
  if (type !== undefined) return type;
  const uid = textAt(entry, 'datasource', 'uid') ?? textAt(entry, 'datasource');
  return uid === '__expr__' || uid === '-- Grafana --' ? (uid === '__expr__' ? uid : 'grafana') : '';
}

/** A, B, … Z, AA, …: the given one when it is free, else the first that is. */
function freeRefId(given: string | undefined, taken: ReadonlySet<string>): string {
  if (given !== undefined && given !== '' && !taken.has(given)) return given;
  for (let i = 0; ; i++) {
    const refId = letters(i);
    if (!taken.has(refId)) return refId;
  }
}

function letters(index: number): string {
  return (index >= 26 ? letters(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26));
}

function problemOf(
  expr: string,
  source: string,
  variables: readonly VariableModel[],
  checker: ExpressionChecker,
): ExpressionProblem | undefined {
  const whole = { start: 0, end: expr.length };
  if (OTHER_LANGUAGES.has(source) && !PROMQL_SOURCES.has(source)) {
    return {
      message: `This query is meant for a data source of type "${source}", which cannot be asked here.`,
      ...whole,
    };
  }
  if (expr.length > EXPRESSION_LENGTH_MAX) {
    return {
      message: `The query has ${expr.length} characters; at most ${EXPRESSION_LENGTH_MAX} are accepted.`,
      ...whole,
    };
  }
  return checkWithVariables(expr, variables, checker);
}

/**
 * A query with variables is called wrong only when it is wrong with fillers and with the stored values, at a place that no
 * variable touches: a variable may stand for anything, an operator or half an expression included.
 */
export function checkWithVariables(
  expr: string,
  variables: readonly VariableModel[],
  checker: ExpressionChecker,
): ExpressionProblem | undefined {
  const guessed = fillVariables(expr);
  const problem = checker.check(guessed.text);
  if (!problem || guessed.variableCount === 0) return problem;
  if (guessed.touchesVariable(problem.start, problem.end)) return undefined;
  const stored = new Map(
    variables.flatMap((variable) => (isPlain(variable.current) ? [[variable.name, variable.current[0]]] : [])),
  );
  if (stored.size > 0 && !checker.check(fillVariables(expr, stored).text)) return undefined;
  return {
    message: problem.message,
    start: guessed.original(problem.start, 'start'),
    end: guessed.original(problem.end, 'end'),
  };
}

function isPlain(current: readonly string[]): current is readonly [string] {
  return current.length === 1 && current[0] !== '' && current[0] !== '$__all';
}
