import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { RuleBacktest, RuleReport } from '@vedette/wire/http';
import { type Command, InvalidArgumentError } from 'commander';
import { examineRuleFiles } from '../../app/index.ts';
import { SystemClock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import { formatDuration, parseDuration } from '../../base/units.ts';
import { plural, print } from '../terminal.ts';

export interface DoctorFlags {
  readonly doctor?: boolean;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly data?: string;
  readonly config?: string;
  readonly window?: number;
  readonly time?: number;
  readonly rule?: string;
  readonly threshold?: number;
  readonly for?: number;
  readonly json?: boolean;
}

const WINDOW_DEFAULT_MS = 24 * 3_600_000;
const RULE_TIMEOUT_MS = 60_000;
const EPISODES_PRINTED = 5;
const EXIT_DELAY_MS = 50;

/** The options of `check rules --doctor`. */
export function addDoctorOptions(command: Command): Command {
  return command
    .option(
      '--doctor',
      'hold the rules against a stored past: can they fire, how often would they have, what mends them',
    )
    .option('--server <url>', 'with --doctor: the running Vedette or Prometheus to ask')
    .option('--token-file <file>', 'with --server: file with a bearer token')
    .option('--data <dir>', 'with --doctor: data directory of a stopped Vedette, in place of a server')
    .option('--window <duration>', 'with --doctor: how much of the past is looked at (default: 1d)', durationFlag)
    .option('--time <time>', 'with --doctor: end of that past, Unix seconds or RFC 3339 (default: now)', timeFlag)
    .option('--rule <name>', 'with --doctor: only rules of this name')
    .option('--threshold <number>', 'with --doctor: how often it would have fired with this number', numberFlag)
    .option('--for <duration>', 'with --doctor: how often it would have fired with this `for`', durationFlag)
    .option('--json', 'with --doctor: print the reports as JSON');
}

function durationFlag(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('write a duration such as 5m or 1d');
  return ms;
}

function numberFlag(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('write a number');
  return value;
}

function timeFlag(text: string): number {
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) && text.trim() !== '' ? seconds * 1000 : Date.parse(text);
  if (!Number.isFinite(ms)) throw new InvalidArgumentError('write Unix seconds or a time such as 2026-01-31T12:00:00Z');
  return Math.round(ms);
}

/** Prints what the doctor says; a broken rule, or one that could not be examined, makes the exit status 1. */
export async function runDoctor(files: readonly string[], flags: DoctorFlags): Promise<void> {
  if (flags.server !== undefined && flags.data !== undefined)
    throw new VedetteError('CONFIG_INVALID', 'give --server or --data, not both');
  const leaving = new AbortController();
  const onInterrupt = (): void => leaving.abort(new VedetteError('QUERY_CANCELLED', 'interrupted'));
  process.once('SIGINT', onInterrupt);
  try {
    const reports = await examineRuleFiles(
      {
        files,
        ...(flags.data === undefined ? { server: flags.server ?? 'http://127.0.0.1:9600' } : {}),
        ...(flags.tokenFile === undefined ? {} : { headers: ['authorization', `Bearer ${tokenOf(flags.tokenFile)}`] }),
        flags: {
          ...(flags.data === undefined ? {} : { data: flags.data }),
          ...(flags.config === undefined ? {} : { config: flags.config }),
        },
        windowMs: flags.window ?? WINDOW_DEFAULT_MS,
        timeoutMs: RULE_TIMEOUT_MS,
        ...(flags.time === undefined ? {} : { atMs: flags.time }),
        ...(flags.rule === undefined ? {} : { name: flags.rule }),
        whatIf: {
          ...(flags.threshold === undefined ? {} : { threshold: flags.threshold }),
          ...(flags.for === undefined ? {} : { forMs: flags.for }),
        },
      },
      leaving.signal,
    );
    if (flags.json) process.stdout.write(`${JSON.stringify(reports, undefined, 2)}\n`);
    else for (const line of lines(reports)) print(line);
    if (reports.some(({ verdict }) => verdict === 'broken' || verdict === 'unknown')) process.exitCode = 1;
  } finally {
    process.off('SIGINT', onInterrupt);
    // What an opened store keeps running would hold the process; the last words get a moment to leave.
    if (flags.data !== undefined) void new SystemClock().sleep(EXIT_DELAY_MS).then(() => process.exit());
  }
}

function tokenOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read --token-file ${file}`, { cause: error });
  }
}

function* lines(reports: readonly RuleReport[]): Generator<string> {
  let file: string | undefined;
  for (const report of reports) {
    if (report.file !== file) {
      file = report.file;
      yield `${relative(process.cwd(), file) || file}:`;
    }
    yield* ruleLines(report);
  }
  const count = (verdict: RuleReport['verdict']): number => reports.filter((one) => one.verdict === verdict).length;
  const unknown = count('unknown');
  yield `${plural(reports.length, 'rule')}: ${count('sound')} sound, ${count('doubtful')} doubtful, ${count('broken')} broken${unknown > 0 ? `, ${unknown} not known` : ''}`;
}

function* ruleLines(report: RuleReport): Generator<string> {
  yield `  ${report.group} / ${report.name}: ${report.summary}`;
  for (const diagnosis of report.diagnoses) {
    yield `    ${diagnosis.severity} ${diagnosis.kind}: ${diagnosis.message}`;
    for (const evidence of diagnosis.evidence) yield `      ${evidence}`;
    if (diagnosis.severity !== 'note') yield `      remedy: ${diagnosis.remedy}`;
  }
  for (const fault of report.faults) yield `    not known: ${fault}`;
  if (report.backtest) yield* backtestLines(report.backtest, 'the past');
  if (report.whatIf) yield* backtestLines(report.whatIf, 'what if');
  if (!report.repair) return;
  yield `    repair: ${report.repair.changes.join('; ')}`;
  yield `      ${report.repair.summary}`;
  if (report.repair.diff !== null) for (const line of report.repair.diff.trimEnd().split('\n')) yield `      ${line}`;
  else yield `      expr: ${report.repair.query}`;
}

function* backtestLines(backtest: RuleBacktest, title: string): Generator<string> {
  const threshold = backtest.threshold === null ? '' : `threshold ${backtest.threshold}, `;
  const seen = backtest.seen ? `; values from ${backtest.seen.min} to ${backtest.seen.max}` : '';
  const coarse = backtest.isExact ? '' : `, looked at every ${backtest.step} only`;
  yield `    ${title} (${threshold}for ${backtest.for}): fired ${times(backtest.fired)}, ${formatDuration(Math.round(backtest.firingSeconds) * 1000)} in all, ${backtest.onlyPending} ended while pending${seen}${coarse}`;
  for (const episode of backtest.episodes.slice(0, EPISODES_PRINTED)) {
    const labels = Object.entries(episode.labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const until = episode.endedAt ?? 'still there';
    yield `      ${episode.firedAt ?? `${episode.pendingAt} (pending)`} to ${until}: ${labels.join(' ')}, worst ${episode.worstValue}`;
  }
  const more = backtest.episodes.length + backtest.episodesLeft - EPISODES_PRINTED;
  if (more > 0) yield `      and ${more} more`;
  if (backtest.otherFor.length > 0)
    yield `      with another for: ${backtest.otherFor.map((other) => `${other.for} → ${times(other.fired)}`).join(', ')}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}
