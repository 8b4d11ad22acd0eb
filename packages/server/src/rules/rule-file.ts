import type { z } from 'zod';
import { type SourcePath, type YamlSource, readYaml, sourceError, zodProblems } from '../base/yaml-source.ts';
import { GroupReader } from './group-reader.ts';
import { type KubernetesObject, kubernetesObjects, nameOf } from './kubernetes-objects.ts';
import { readConfigMap } from './config-map.ts';
import type { ExpressionChecker, RuleGroup } from './ports.ts';
import type { RuleFile, RuleFileOptions, RuleFileReading } from './rule-reading.ts';
import {
  type ParsedGroup,
  loosePrometheusRuleSchema,
  looseRuleFileSchema,
  prometheusRuleSchema,
  ruleFileSchema,
} from './rule-schemas.ts';

/**
 * Reads one rule file: a plain Prometheus one, or Kubernetes objects that hold rules (ConfigMap with rule files in
 * `data`, PrometheusRule, and lists of them), one or several to a file. Throws RULE_INVALID with every fault at its position.
 */
export function parseRuleFile(
  text: string,
  file: string,
  expressions: ExpressionChecker,
  options: RuleFileOptions = {},
): RuleFile {
  const reading: RuleFileReading = {
    expressions,
    options,
    problems: [],
    warnings: [],
    lines: new Map(),
    readInner: (inner) => parseRuleFile(inner, file, expressions, options),
  };
  const groups: RuleGroup[] = [];
  const objects: KubernetesObject[] = [];
  for (const [i, source] of readYaml(text, file, 'RULE_INVALID').entries()) {
    const found = kubernetesObjects(source, reading);
    if (found) {
      objects.push(...found);
      continue;
    }
    if (i > 0) {
      // As Prometheus does: only the first document of a plain file counts.
      const { line } = source.locate([]);
      reading.warnings.push(
        `${file}:${line}: only the first document of a rule file is read; move these groups into a file of their own`,
      );
      break;
    }
    const schema = options.ignoreUnknownFields === true ? looseRuleFileSchema : ruleFileSchema;
    const data = checked(source, schema, reading);
    if (data) groups.push(...readGroups(source, data.groups, ['groups'], reading));
  }
  for (const object of objects) groups.push(...readObject(object, text, objects.length > 1, reading));
  if (reading.problems.length > 0) throw sourceError('RULE_INVALID', reading.problems);
  return { groups, warnings: reading.warnings, lines: reading.lines };
}

/** Each object was a file of its own once: where there are several, its groups keep its name, so that they may be named alike. */
function readObject(
  object: KubernetesObject,
  text: string,
  isOneOfMany: boolean,
  reading: RuleFileReading,
): readonly RuleGroup[] {
  const { source, kind } = object;
  if (kind === 'ConfigMap') return readConfigMap(object, text, isOneOfMany, reading);
  const schema = reading.options.ignoreUnknownFields === true ? loosePrometheusRuleSchema : prometheusRuleSchema;
  const data = checked(source, schema, reading);
  if (!data) return [];
  const groups = readGroups(source, data.spec.groups, ['spec', 'groups'], reading);
  return isOneOfMany ? groups.map((group) => ({ ...group, file: `${group.file}#${nameOf(data)}` })) : groups;
}

function checked<T>(source: YamlSource, schema: z.ZodType<T>, reading: RuleFileReading): T | undefined {
  const result = schema.safeParse(source.toJS('RULE_INVALID'));
  if (result.success) return result.data;
  reading.problems.push(...zodProblems(source, schema, result.error));
  return undefined;
}

function readGroups(
  source: YamlSource,
  groups: readonly ParsedGroup[] | null | undefined,
  path: SourcePath,
  reading: RuleFileReading,
): readonly RuleGroup[] {
  const reader = new GroupReader(source, reading);
  const read = (groups ?? []).map((group, i) => reader.group(group, [...path, i]));
  const seen = new Set<string>();
  for (const [i, { name }] of read.entries()) {
    if (seen.has(name)) {
      const message = `groupname: "${name}" is repeated in the same file`;
      reading.problems.push(source.problem([...path, i, 'name'], message, 'rename one of the two'));
    }
    seen.add(name);
  }
  return read;
}

/** Identifies a group: a name is unique inside its file. */
export function groupKey(group: Pick<RuleGroup, 'file' | 'name'>): string {
  return `${group.file};${group.name}`;
}
