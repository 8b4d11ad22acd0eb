import { isVedetteError } from '../base/errors.ts';
import { type SourceProblem, problemsOf, zodProblems } from '../base/yaml-source.ts';
import { type KubernetesObject, nameOf } from './kubernetes-objects.ts';
import type { RuleGroup } from './ports.ts';
import type { RuleFileReading } from './rule-reading.ts';
import { configMapSchema } from './rule-schemas.ts';

/** The rule files in a ConfigMap's `data`; keys that hold none are passed over. Problems are at their place in the whole file. */
export function readConfigMap(
  { source }: KubernetesObject,
  text: string,
  isOneOfMany: boolean,
  { readInner, problems, warnings, lines }: RuleFileReading,
): readonly RuleGroup[] {
  const result = configMapSchema.safeParse(source.toJS('RULE_INVALID'));
  if (!result.success) {
    problems.push(...zodProblems(source, configMapSchema, result.error));
    return [];
  }
  const groups: RuleGroup[] = [];
  const textLines = text.split('\n');
  for (const [name, content] of Object.entries(result.data.data ?? {})) {
    if (!/\.(?:ya?ml|rules)$/.test(name)) continue;
    const start = source.locateInside(['data', name], 0);
    const { path } = source.problem(['data'], '');
    const shift = (problem: SourceProblem): SourceProblem => ({
      ...problem,
      line: start.line + problem.line - 1,
      column: start.column + problem.column - 1,
      path: `${path}["${name}"]${problem.path === '' ? '' : `.${problem.path}`}`,
    });
    if (!/^\s*(?:"?groups"?)\s*:/m.test(content)) {
      const shown = (textLines[start.line - 1] ?? '').trim().slice(0, 40);
      warnings.push(`${source.file}:${start.line}: ${name} has no groups (${shown}); it was passed over`);
      continue;
    }
    try {
      const inner = readInner(content);
      // Each key was a file of its own once; its groups keep that identity.
      const file = `${source.file}#${isOneOfMany ? `${nameOf(result.data)}/` : ''}${name}`;
      groups.push(...inner.groups.map((group) => ({ ...group, file })));
      warnings.push(...inner.warnings);
      for (const [rule, line] of inner.lines) lines.set(rule, start.line + line - 1);
    } catch (error) {
      if (!isVedetteError(error, 'RULE_INVALID')) throw error;
      problems.push(...problemsOf(error).map(shift));
    }
  }
  return groups;
}
