import { basename } from 'node:path';
import type { RuleReport } from '@vedette/wire/http';
import { isVedetteError } from '../../base/errors.ts';
import type { RuleGroup } from '../ports.ts';
import { RULES_ANSWERED_MAX } from './limits.ts';
import type { RuleDoctor } from './doctor.ts';
import type { WhatIf } from './ports.ts';
import { changeRule } from './rule-text.ts';
import { unifiedDiff } from './unified-diff.ts';

export interface GroupReports {
  readonly reports: readonly RuleReport[];
  /** Rules that were not looked at. */
  readonly rulesLeft: number;
}

export interface GroupRequest {
  /** Only rules of this name. */
  readonly name?: string;
  /** Only the rule at this place. */
  readonly index?: number;
  readonly whatIf: WhatIf;
  readonly atMs: number;
  /** Text of the group's file; undefined when there is none, and no diff is made. */
  readText(): Promise<string | undefined>;
  /** True once no further rule should be begun. */
  isLate(): boolean;
}

/** Reports on the rules of a group, one after the other, with the diffs of their repairs. */
export async function reportGroup(
  doctor: RuleDoctor,
  group: RuleGroup,
  request: GroupRequest,
  signal: AbortSignal,
): Promise<GroupReports> {
  const facts = doctor.facts(request.atMs, signal);
  const wanted = group.rules.flatMap((rule, index) =>
    (request.name ?? rule.name) === rule.name && (request.index ?? index) === index ? [index] : [],
  );
  const reports: RuleReport[] = [];
  let text: Promise<string | undefined> | undefined;
  for (const index of wanted.slice(0, RULES_ANSWERED_MAX)) {
    if (reports.length > 0 && request.isLate()) break;
    const { report, change } = await doctor.report(group, index, facts, request.whatIf, signal);
    if (!report.repair || !change) {
      reports.push({ ...report, repair: null });
      continue;
    }
    text ??= request.readText();
    const before = await text;
    const after = before === undefined ? undefined : mended(before, group, index, change);
    const diff = before === undefined || after === undefined ? null : unifiedDiff(fileName(group.file), before, after);
    reports.push({ ...report, repair: { ...report.repair, diff } });
  }
  return { reports, rulesLeft: wanted.length - reports.length };
}

/** The file may have been changed, even broken, since its rules were loaded: then there is no diff. */
function mended(...args: Parameters<typeof changeRule>): string | undefined {
  try {
    return changeRule(...args);
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    return undefined;
  }
}

/** `a/` and `b/` of a diff are relative: only the last part of an absolute path. */
function fileName(file: string): string {
  const path = file.replace(/#[^#/]*$/, '');
  return path.startsWith('/') ? basename(path) : path;
}
