import type { VedetteError } from '../base/errors.ts';
import type { SourcePath, SourceProblem, YamlSource } from '../base/yaml-source.ts';
import { METRIC_NAME } from '../model/labels.ts';
import { checkRuleTemplate } from './annotation.ts';
import type { ExpressionChecker, Rule, RuleGroup } from './ports.ts';
import type { RuleFileReading } from './rule-reading.ts';
import type { ParsedGroup, ParsedLabels, ParsedRule } from './rule-schemas.ts';

const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Makes groups of what the schema let through, and reports what a schema cannot see. */
export class GroupReader {
  readonly #source: YamlSource;
  readonly #expressions: ExpressionChecker;
  readonly #problems: SourceProblem[];
  readonly #lines: Map<Rule, number>;
  readonly #legacyNames: boolean;

  constructor(
    source: YamlSource,
    { expressions, problems, lines, options }: Pick<RuleFileReading, 'expressions' | 'problems' | 'lines' | 'options'>,
  ) {
    this.#legacyNames = options.legacyNames === true;
    this.#source = source;
    this.#expressions = expressions;
    this.#problems = problems;
    this.#lines = lines;
  }

  group(group: ParsedGroup, path: SourcePath): RuleGroup {
    if (group.name === '') this.#report([...path, 'name'], 'Groupname must not be empty', 'add `name:`');
    const labels = this.#labels(group.labels, [...path, 'labels']);
    const rules = (group.rules ?? []).map((written, i) => {
      const at = [...path, 'rules', i];
      const rule = this.#rule(written, labels, at);
      this.#lines.set(rule, this.#source.locate(at).line);
      return rule;
    });
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
      this.#report([...path, 'alert'], "only one of 'record' and 'alert' must be set", 'make it two rules');
    else if (!isAlert && !isRecord)
      this.#report(path, "one of 'record' or 'alert' must be set", 'add `alert:` with a name for it');
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
        `braces present in the recording rule name; should it be in expr?: ${name}`,
        'write the labels under `labels:`',
      );
    } else if (!this.#isName(name, LEGACY_METRIC_NAME)) {
      this.#report([...path, 'record'], `invalid recording rule name: ${name}`, 'use letters, digits, "_" and ":"');
    }
    for (const key of ['for', 'keep_firing_for', 'annotations'] as const) {
      if (isPresent(rule[key]))
        this.#report(
          [...path, key],
          `invalid field '${key}' in recording rule`,
          'remove it, or use `alert:` instead of `record:`',
        );
    }
  }

  #expression(rule: ParsedRule, path: SourcePath): string {
    const at = [...path, 'expr'];
    const query = this.#text(at, rule.expr ?? '').trimEnd();
    if (query === '') {
      this.#report(path, "field 'expr' must be set in rule", 'add the PromQL expression');
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

  #labels(labels: ParsedLabels, path: SourcePath, isAnnotation = false): Record<string, string> {
    const result: Record<string, string> = {};
    for (const [name, value] of Object.entries(labels ?? {})) {
      const at = [...path, name];
      if (name === '' || !this.#isName(name, LEGACY_LABEL_NAME) || (!isAnnotation && name === METRIC_NAME)) {
        this.#report(
          at,
          `invalid ${isAnnotation ? 'annotation' : 'label'} name: ${name}`,
          name === METRIC_NAME
            ? 'the metric name is set by `record:`'
            : this.#legacyNames
              ? 'use letters, digits and "_", or set global.metric_name_validation_scheme: utf8'
              : 'rename it',
        );
      }
      const text = this.#text(at, value);
      if (!wellFormed(text)) this.#report(at, 'the value is not valid UTF-8');
      result[name] = text;
    }
    return result;
  }

  #isName(name: string, legacy: RegExp): boolean {
    return this.#legacyNames ? legacy.test(name) : wellFormed(name);
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
