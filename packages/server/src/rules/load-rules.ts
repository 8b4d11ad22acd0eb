import { readFile, stat } from 'node:fs/promises';
import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import { type SourceProblem, formatProblem, problemsOf, sourceError } from '../base/yaml-source.ts';
import { checkRuleTemplate } from './annotation.ts';
import type { RulesSettings } from './config.ts';
import type { ExpressionChecker, RuleGroup, RuleSource } from './ports.ts';
import { expandRuleFiles } from './rule-glob.ts';
import { groupKey, parseRuleFile } from './rule-file.ts';
import type { RuleFileOptions } from './rule-reading.ts';

/** A rule file is written by people or generators; this is far above the largest public packs (about 1 MB). */
export const RULE_FILE_BYTES_MAX = 16 * 1024 * 1024;

export interface LoadedRules {
  /** With interval and query offset filled in. */
  readonly groups: readonly RuleGroup[];
  readonly warnings: readonly string[];
}

/** Reads every rule file and asks every source. Throws RULE_INVALID with the faults of all files at once. */
export async function loadRules(
  settings: RulesSettings,
  sources: readonly RuleSource[],
  expressions: ExpressionChecker,
  options: RuleFileOptions = { legacyNames: settings.legacyNames === true },
): Promise<LoadedRules> {
  const groups: RuleGroup[] = [];
  const warnings: string[] = [];
  const problems: SourceProblem[] = [];
  const read = new Set<string>();
  for (const [pattern, files] of await expandRuleFiles(settings.ruleFiles, settings.baseDir)) {
    if (files.length === 0) warnings.push(`rule_files: no file matches ${pattern}`);
    for (const file of files) {
      if (read.has(file)) continue;
      read.add(file);
      try {
        const parsed = parseRuleFile(await readRuleFile(file), file, expressions, options);
        groups.push(...parsed.groups);
        warnings.push(...parsed.warnings);
      } catch (error) {
        if (!isVedetteError(error, 'RULE_INVALID')) throw error;
        problems.push(...problemsOf(error));
      }
    }
  }
  for (const source of sources) {
    const own = source.groups();
    problems.push(...own.flatMap((group) => checkGroup(group, expressions)));
    groups.push(...own);
  }
  const keys = new Set<string>();
  for (const group of groups) {
    const key = groupKey(group);
    if (keys.has(key)) problems.push(wholeFile(group.file, `group "${group.name}" comes from two sources`));
    keys.add(key);
  }
  if (problems.length > 0) throw sourceError('RULE_INVALID', problems);
  const resolved = groups.map((group) => ({
    ...group,
    intervalMs: group.intervalMs ?? settings.evaluationIntervalMs,
    queryOffsetMs: group.queryOffsetMs ?? settings.queryOffsetMs,
  }));
  return { groups: resolved, warnings };
}

/** Throws RULE_INVALID for a file that cannot be read, is too large, or is no UTF-8. */
export async function readRuleFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > RULE_FILE_BYTES_MAX) {
      throw sourceError('RULE_INVALID', [
        wholeFile(file, `the file has ${size} bytes, more than ${RULE_FILE_BYTES_MAX}`, 'split it'),
      ]);
    }
    const bytes = await readFile(file);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof VedetteError) throw error;
    throw sourceError('RULE_INVALID', [
      wholeFile(file, `cannot be read: ${errorMessage(error)}`, 'check the path, permissions and that it is UTF-8'),
    ]);
  }
}

function checkGroup(group: RuleGroup, expressions: ExpressionChecker): SourceProblem[] {
  return group.rules.flatMap((rule) => {
    const where = `group "${group.name}", rule "${rule.name}"`;
    const problem = expressions.check(rule.query);
    const templates =
      rule.type === 'alerting' ? [...Object.values(rule.labels), ...Object.values(rule.annotations)] : [];
    return [
      ...(problem ? [wholeFile(group.file, `${where}: ${problem.message}`)] : []),
      ...templates.flatMap((text) => {
        const error = checkRuleTemplate(text);
        return error ? [wholeFile(group.file, `${where}: ${error.message}`)] : [];
      }),
    ];
  });
}

function wholeFile(file: string, message: string, remedy?: string): SourceProblem {
  return { file, line: 1, column: 1, path: '', message, ...(remedy === undefined ? {} : { remedy }) };
}

/** For `vedette check rules`: one line per fault. */
export function faultLines(error: VedetteError): readonly string[] {
  const problems = problemsOf(error);
  return problems.length > 0 ? problems.map(formatProblem) : [error.message];
}
