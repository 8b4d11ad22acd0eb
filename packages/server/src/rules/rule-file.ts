import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../base/config-schema.ts';
import { type VedetteError, isVedetteError } from '../base/errors.ts';
import {
  type SourcePath,
  type SourceProblem,
  type YamlSource,
  problemsOf,
  readYaml,
  sourceError,
  zodProblems,
} from '../base/yaml-source.ts';
import { METRIC_NAME } from '../model/labels.ts';
import { checkRuleTemplate } from './annotation.ts';
import type { ExpressionChecker, Rule, RuleGroup } from './ports.ts';

export interface RuleFile {
  readonly groups: readonly RuleGroup[];
  /** What was read differently from what the author may expect. */
  readonly warnings: readonly string[];
}

/** A YAML scalar; of those that are no strings the file's own spelling is taken afterwards. */
const scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be a single value' })
  .nullable()
  .transform((value) => String(value ?? ''));
const labelSet = z.record(z.string(), scalar).nullish();

const ruleSchema = z.strictObject({
  record: scalar.optional(),
  alert: scalar.optional(),
  expr: scalar.optional(),
  for: durationMs.nullish(),
  keep_firing_for: durationMs.nullish(),
  labels: labelSet,
  annotations: labelSet,
});

const groupSchema = z.strictObject({
  name: scalar.prefault(''),
  interval: positiveDurationMs.nullish(),
  query_offset: durationMs.nullish(),
  limit: z.int().min(0).nullish(),
  labels: labelSet,
  rules: z.array(ruleSchema).nullish(),
});

const groupsSchema = z.array(groupSchema).nullish();
const fileSchema = z.strictObject({ groups: groupsSchema });
const metadata = z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).nullish();
const prometheusRuleSchema = z.looseObject({
  kind: z.literal('PrometheusRule'),
  metadata,
  spec: z.strictObject({ groups: groupsSchema }),
});
const configMapSchema = z.looseObject({
  kind: z.literal('ConfigMap'),
  metadata,
  data: z.record(z.string(), z.string()).nullish(),
});

/**
 * Reads one rule file: a plain Prometheus one, or Kubernetes objects that hold rules (ConfigMap with rule files in
 * `data`, PrometheusRule). Throws RULE_INVALID with every fault at its position.
 */
export function parseRuleFile(text: string, file: string, expressions: ExpressionChecker): RuleFile {
  const sources = readYaml(text, file, 'RULE_INVALID');
  const problems: SourceProblem[] = [];
  const groups: RuleGroup[] = [];
  const warnings: string[] = [];
  for (const [i, source] of sources.entries()) {
    const kind = kindOf(source);
    if (kind === undefined) {
      // As Prometheus does: only the first document of a plain file counts.
      if (i > 0) {
        const { line } = source.locate([]);
        warnings.push(
          `${file}:${line}: only the first document of a rule file is read; move these groups into a file of their own`,
        );
        break;
      }
      groups.push(...readGroups(source, fileSchema, [], expressions, problems));
    } else if (kind === 'PrometheusRule') {
      groups.push(...readGroups(source, prometheusRuleSchema, ['spec'], expressions, problems));
    } else if (kind === 'ConfigMap') {
      groups.push(...readConfigMap(source, text, expressions, problems, warnings));
    } else if (kind === 'List') {
      problems.push(
        source.problem(
          ['kind'],
          'a Kubernetes List cannot be read as rules',
          'write its items as documents of their own, separated by ---',
        ),
      );
    } else {
      warnings.push(`${file}:${source.locate([]).line}: a Kubernetes ${kind} holds no rules; it was passed over`);
    }
  }
  problems.push(...repeatedGroups(groups, sources[0]));
  if (problems.length > 0) throw sourceError('RULE_INVALID', problems);
  return { groups, warnings };
}

function kindOf(source: YamlSource): string | undefined {
  const value = source.toJS('RULE_INVALID');
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('apiVersion' in value)) return undefined;
  return String(value.kind);
}

function readConfigMap(
  source: YamlSource,
  text: string,
  expressions: ExpressionChecker,
  problems: SourceProblem[],
  warnings: string[],
): readonly RuleGroup[] {
  const result = configMapSchema.safeParse(source.toJS('RULE_INVALID'));
  if (!result.success) {
    problems.push(...zodProblems(source, configMapSchema, result.error));
    return [];
  }
  const groups: RuleGroup[] = [];
  const lines = text.split('\n');
  for (const [name, content] of Object.entries(result.data.data ?? {})) {
    if (!/\.(?:ya?ml|rules)$/.test(name)) continue;
    const start = source.locateInside(['data', name], 0);
    const shift = (problem: SourceProblem): SourceProblem => ({
      ...problem,
      line: start.line + problem.line - 1,
      column: start.column + problem.column - 1,
      path: `data["${name}"]${problem.path === '' ? '' : `.${problem.path}`}`,
    });
    if (!/^\s*groups\s*:/m.test(content)) {
      warnings.push(
        `${source.file}:${start.line}: ${name} has no groups (${(lines[start.line - 1] ?? '').trim().slice(0, 40)}); it was passed over`,
      );
      continue;
    }
    try {
      const inner = parseRuleFile(content, source.file, expressions);
      // Each key was a file of its own once; its groups keep that identity.
      groups.push(...inner.groups.map((group) => ({ ...group, file: `${source.file}#${name}` })));
      warnings.push(...inner.warnings);
    } catch (error) {
      if (!isVedetteError(error, 'RULE_INVALID')) throw error;
      problems.push(...problemsOf(error).map(shift));
    }
  }
  return groups;
}

function repeatedGroups(groups: readonly RuleGroup[], source: YamlSource | undefined): SourceProblem[] {
  const seen = new Set<string>();
  const problems: SourceProblem[] = [];
  for (const [i, group] of groups.entries()) {
    const key = groupKey(group);
    if (seen.has(key) && source) {
      problems.push(
        source.problem(
          ['groups', i, 'name'],
          `group name "${group.name}" is used twice in this file`,
          'rename one of the two',
        ),
      );
    }
    seen.add(key);
  }
  return problems;
}

/** Identifies a group: a name is unique inside its file. */
export function groupKey(group: Pick<RuleGroup, 'file' | 'name'>): string {
  return `${group.file};${group.name}`;
}

type ParsedGroup = z.infer<typeof groupSchema>;
type ParsedRule = z.infer<typeof ruleSchema>;

function readGroups(
  source: YamlSource,
  schema: typeof fileSchema | typeof prometheusRuleSchema,
  prefix: SourcePath,
  expressions: ExpressionChecker,
  problems: SourceProblem[],
): readonly RuleGroup[] {
  const result = (schema as z.ZodType<unknown>).safeParse(source.toJS('RULE_INVALID'));
  if (!result.success) {
    problems.push(...zodProblems(source, schema, result.error));
    return [];
  }
  const data = result.data as z.infer<typeof fileSchema> | z.infer<typeof prometheusRuleSchema>;
  const groups = ('spec' in data ? data.spec.groups : (data as z.infer<typeof fileSchema>).groups) ?? [];
  const reader = new GroupReader(source, expressions, problems);
  return groups.map((group, i) => reader.group(group, [...prefix, 'groups', i]));
}

class GroupReader {
  readonly #source: YamlSource;
  readonly #expressions: ExpressionChecker;
  readonly #problems: SourceProblem[];

  constructor(source: YamlSource, expressions: ExpressionChecker, problems: SourceProblem[]) {
    this.#source = source;
    this.#expressions = expressions;
    this.#problems = problems;
  }

  group(group: ParsedGroup, path: SourcePath): RuleGroup {
    if (group.name === '') this.#report([...path, 'name'], 'a group needs a name', 'add `name:`');
    const labels = this.#labels(group.labels, [...path, 'labels']);
    const rules = (group.rules ?? []).map((rule, i) => this.#rule(rule, labels, [...path, 'rules', i]));
    return {
      file: this.#source.file,
      name: this.#text([...path, 'name'], group.name),
      intervalMs: group.interval ?? undefined,
      limit: group.limit ?? 0,
      queryOffsetMs: group.query_offset ?? undefined,
      rules,
    };
  }

  #rule(rule: ParsedRule, groupLabels: Readonly<Record<string, string>>, path: SourcePath): Rule {
    const isAlert = (rule.alert ?? '') !== '';
    const isRecord = (rule.record ?? '') !== '';
    if (isAlert && isRecord)
      this.#report([...path, 'alert'], 'a rule has either `record` or `alert`, not both', 'make it two rules');
    else if (!isAlert && !isRecord)
      this.#report(path, 'a rule needs `record` or `alert`', 'add `alert:` with a name for it');
    const query = this.#expression(rule, path);
    const labels = { ...groupLabels, ...this.#labels(rule.labels, [...path, 'labels']) };
    if (isRecord && !isAlert) {
      this.#recordingOnly(rule, path);
      return { type: 'recording', name: this.#text([...path, 'record'], rule.record ?? ''), query, labels };
    }
    const annotations = this.#labels(rule.annotations, [...path, 'annotations'], true);
    for (const [name, text] of Object.entries(rule.labels ?? {})) this.#template(text, [...path, 'labels', name]);
    for (const [name, text] of Object.entries(rule.annotations ?? {}))
      this.#template(text, [...path, 'annotations', name]);
    return {
      type: 'alerting',
      name: this.#text([...path, 'alert'], rule.alert ?? ''),
      query,
      labels,
      annotations,
      forMs: rule.for ?? 0,
      keepFiringForMs: rule.keep_firing_for ?? 0,
    };
  }

  #recordingOnly(rule: ParsedRule, path: SourcePath): void {
    const name = rule.record ?? '';
    if (/[{}]/.test(name)) {
      this.#report(
        [...path, 'record'],
        `"${name}" is no metric name: braces belong into \`labels\``,
        'write the labels under `labels:`',
      );
    } else if (!wellFormed(name)) {
      this.#report([...path, 'record'], 'the metric name is not valid UTF-8', 'use letters, digits, "_" and ":"');
    }
    for (const key of ['for', 'keep_firing_for', 'annotations'] as const) {
      if (isPresent(rule[key]))
        this.#report(
          [...path, key],
          `\`${key}\` has no meaning in a recording rule`,
          'remove it, or use `alert:` instead of `record:`',
        );
    }
  }

  #expression(rule: ParsedRule, path: SourcePath): string {
    const at = [...path, 'expr'];
    const query = this.#text(at, rule.expr ?? '').trimEnd();
    if (query === '') {
      this.#report(path, '`expr` is missing or empty', 'add the PromQL expression');
      return query;
    }
    const problem = this.#expressions.check(query);
    if (problem) {
      const { line, column } = this.#source.locateInside(at, problem.start ?? 0);
      const remedy = problem.fix === undefined ? 'correct the expression' : `did you mean ${problem.fix}`;
      this.#problems.push({ ...this.#source.problem(at, problem.message, remedy), line, column });
    }
    return query;
  }

  #labels(labels: z.infer<typeof labelSet>, path: SourcePath, isAnnotation = false): Record<string, string> {
    const result: Record<string, string> = {};
    for (const [name, value] of Object.entries(labels ?? {})) {
      const at = [...path, name];
      if (name === '' || !wellFormed(name) || (!isAnnotation && name === METRIC_NAME)) {
        this.#report(
          at,
          `"${name}" is not a valid ${isAnnotation ? 'annotation' : 'label'} name`,
          name === METRIC_NAME ? 'the metric name is set by `record:`' : 'rename it',
        );
      }
      const text = this.#text(at, value);
      if (!wellFormed(text)) this.#report(at, 'the value is not valid UTF-8');
      result[name] = text;
    }
    return result;
  }

  #template(text: string, path: SourcePath): void {
    const error: VedetteError | undefined = checkRuleTemplate(this.#text(path, text));
    if (!error) return;
    const offset = typeof error.details.offset === 'number' ? error.details.offset : 0;
    const { line, column } = this.#source.locateInside(path, offset);
    const reason = typeof error.details.reason === 'string' ? error.details.reason : error.message;
    this.#problems.push({ ...this.#source.problem(path, `template: ${reason}`, 'correct the template'), line, column });
  }

  #text(path: SourcePath, value: string): string {
    return this.#source.scalarText(path) ?? value;
  }

  #report(path: SourcePath, message: string, remedy?: string): void {
    this.#problems.push(this.#source.problem(path, message, remedy));
  }
}

function isPresent(value: ParsedRule['annotations'] | number): boolean {
  if (typeof value === 'number') return value > 0;
  return value !== null && value !== undefined && Object.keys(value).length > 0;
}

/** No half of a surrogate pair, which has no UTF-8. */
function wellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
