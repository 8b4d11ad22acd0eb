import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RE2JS } from 're2js';
import { type Clock, SystemClock } from '../../base/clock.ts';
import { VedetteError, errorMessage, isVedetteError } from '../../base/errors.ts';
import { regexFault } from '../../model/regex-limits.ts';
import { RULE_FILE_BYTES_MAX, type RuleGroup, loadRules, rulesConfigSchema } from '../../rules/index.ts';
import { expressionChecker } from '../expressions.ts';
import { type TestFile, parseTestFile } from './test-file.ts';
import { type RuleTestFailure, runTestGroup } from './test-group.ts';

export interface RuleTestOptions {
  /** Only test groups whose name one of these patterns (RE2) is found in. */
  readonly run?: readonly string[];
  readonly ignoreUnknownFields?: boolean;
  /** Also take down all series at the end of each test group. */
  readonly debug?: boolean;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface TestedGroup {
  readonly name: string;
  /** Where it begins in its file. */
  readonly line: number;
  readonly durationMs: number;
  readonly failures: readonly RuleTestFailure[];
  /** With `debug`: each series with its samples. */
  readonly dump: readonly string[];
}

export interface TestedFile {
  readonly file: string;
  readonly warnings: readonly string[];
  /** Why the file or its rules could not be read; no group was run then. */
  readonly error: string | undefined;
  readonly groups: readonly TestedGroup[];
}

export interface RuleTestReport {
  readonly startedMs: number;
  readonly files: readonly TestedFile[];
  readonly passed: number;
  /** Test groups that failed, and files that could not be read. */
  readonly failed: number;
}

/** Runs the tests of every file, one group after the other. Throws RULE_TEST_FAILED for a pattern that is none. */
export async function runRuleTests(files: readonly string[], options: RuleTestOptions = {}): Promise<RuleTestReport> {
  const clock = options.clock ?? new SystemClock();
  const startedMs = clock.now();
  const isWanted = nameFilter(options.run ?? []);
  const tested: TestedFile[] = [];
  for (const file of files) tested.push(await testFile(file, isWanted, clock, options));
  const groups = tested.flatMap((file) => file.groups);
  const passed = groups.filter(({ failures }) => failures.length === 0).length;
  const unread = tested.filter(({ error }) => error !== undefined).length;
  return { startedMs, files: tested, passed, failed: groups.length - passed + unread };
}

async function testFile(
  file: string,
  isWanted: (name: string) => boolean,
  clock: Clock,
  options: RuleTestOptions,
): Promise<TestedFile> {
  const warnings: string[] = [];
  const tested: TestedGroup[] = [];
  try {
    const parsed = parseTestFile(await readTestFile(file), file);
    const loaded = await loadRulesOf(parsed, file, options);
    warnings.push(...loaded.warnings);
    const groups = inOrder(loaded.groups, parsed.groupEvalOrder);
    const signal = options.signal ?? new AbortController().signal;
    for (const [i, test] of parsed.tests.entries()) {
      if (!isWanted(test.name)) continue;
      const groupStartedMs = clock.monotonicMs();
      const { evaluationIntervalMs, fuzzyCompare } = parsed;
      const outcome = await runTestGroup({ test, groups, evaluationIntervalMs, fuzzyCompare, clock, signal });
      tested.push({
        name: test.name === '' ? `unnamed#${i}` : test.name,
        line: test.line,
        durationMs: clock.monotonicMs() - groupStartedMs,
        failures: outcome.failures,
        dump: options.debug === true ? await outcome.dump() : [],
      });
    }
    return { file, warnings, error: undefined, groups: tested };
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    return { file, warnings, error: errorMessage(error), groups: tested };
  }
}

async function readTestFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > RULE_FILE_BYTES_MAX)
      throw new VedetteError(
        'RULE_TEST_FAILED',
        `${file} has ${size} bytes, more than ${RULE_FILE_BYTES_MAX}; split it`,
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (isVedetteError(error)) throw error;
    const message = `cannot read ${file}: ${errorMessage(error)}; check the path, permissions and that it is UTF-8`;
    throw new VedetteError('RULE_TEST_FAILED', message, { cause: error });
  }
}

async function loadRulesOf(
  { ruleFiles, evaluationIntervalMs }: TestFile,
  file: string,
  { ignoreUnknownFields = false }: RuleTestOptions,
): Promise<{ readonly groups: readonly RuleGroup[]; readonly warnings: readonly string[] }> {
  const settings = {
    ruleFiles,
    baseDir: dirname(file),
    evaluationIntervalMs,
    queryOffsetMs: 0,
    externalLabels: {},
    externalUrl: '',
    config: rulesConfigSchema.parse({}),
  };
  return loadRules(settings, [], expressionChecker, { ignoreUnknownFields });
}

/** Groups that the file does not order come first, as they are in their files. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  return groups.toSorted((a, b) => Math.max(0, order.indexOf(a.name)) - Math.max(0, order.indexOf(b.name)));
}

function nameFilter(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => true;
  const compiled = patterns.map((pattern) => {
    const fault = regexFault(pattern);
    try {
      if (fault !== undefined) throw new Error(fault);
      return RE2JS.compile(pattern);
    } catch (error) {
      const message = `--run ${JSON.stringify(pattern)}: ${errorMessage(error)}`;
      throw new VedetteError('RULE_TEST_FAILED', message, { cause: error });
    }
  });
  return (name) => compiled.some((pattern) => pattern.matcher(name).find());
}
