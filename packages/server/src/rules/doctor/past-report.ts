import type { RuleBacktest } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { formatDuration } from '../../base/units.ts';
import type { AlertingRule } from '../ports.ts';
import { type Passed, type Replay, passedPoints, replay } from './backtest.ts';
import { type Comparison, holds } from './comparison.ts';
import type { Examination } from './examination.ts';
import { OTHER_FOR_POINTS_MAX } from './limits.ts';
import type { Found } from './verdict.ts';

export interface Replayed {
  readonly passed: Passed;
  readonly result: Replay;
}

/** The rule's past, as far as it could be read. */
export async function replayed(
  examination: Examination,
  rule: AlertingRule,
  clock: Clock,
  signal: AbortSignal,
): Promise<Replayed | undefined> {
  const { past, comparisons, pastIsSubject } = examination;
  if (!past) return undefined;
  const [main] = comparisons;
  const passed = passedOf(past, main, pastIsSubject);
  return { passed, result: await replay(rule, passed, isLowWorse(main), clock, signal) };
}

function passedOf(
  past: NonNullable<Examination['past']>,
  comparison: Comparison | undefined,
  isSubject: boolean,
): Passed {
  const keep =
    isSubject && comparison ? (value: number) => holds(comparison.operator, value, comparison.threshold) : () => true;
  return passedPoints(past.window, past.series, keep);
}

function isLowWorse(comparison: Comparison | undefined): boolean {
  return comparison?.operator.startsWith('<') ?? false;
}

/** The same past with another rule, or with what another comparison lets pass. */
export async function backtestOf(
  examination: Examination,
  rule: AlertingRule,
  past: NonNullable<Examination['past']>,
  comparison: Comparison | undefined,
  isSubject: boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<RuleBacktest> {
  const passed = passedOf(past, comparison, isSubject);
  const result = await replay(rule, passed, isLowWorse(comparison), clock, signal);
  return toJson(examination, rule, past, comparison, { passed, result }, []);
}

/** The back-test of a rule as it is answered, with other lengths of `for`. */
export async function backtestJson(
  { examination, backtest }: Found,
  rule: AlertingRule,
  clock: Clock,
  signal: AbortSignal,
): Promise<RuleBacktest | null> {
  const { past, comparisons } = examination;
  if (!past || !backtest) return null;
  const [main] = comparisons;
  const others: { readonly for: string; readonly fired: number }[] = [];
  if (backtest.passed.series.length <= OTHER_FOR_POINTS_MAX)
    for (const forMs of otherFors(rule.forMs, examination.intervalMs)) {
      const { fired } = await replay({ ...rule, forMs }, backtest.passed, isLowWorse(main), clock, signal);
      others.push({ for: formatDuration(forMs), fired });
    }
  return toJson(examination, rule, past, main, backtest, others);
}

/** None, half, double and four times as long. */
function otherFors(forMs: number, intervalMs: number): readonly number[] {
  const base = forMs === 0 ? 4 * intervalMs : forMs;
  const all = [0, base / 2, base, base * 2, base * 4].map((ms) => Math.round(ms / 1000) * 1000);
  return [...new Set(all)].filter((ms) => ms !== forMs);
}

function toJson(
  examination: Examination,
  rule: AlertingRule,
  past: NonNullable<Examination['past']>,
  comparison: Comparison | undefined,
  { passed, result }: Replayed,
  otherFor: RuleBacktest['otherFor'],
): RuleBacktest {
  const [main] = examination.comparisons;
  const seen = main && examination.seen(main);
  return {
    start: timeText(passed.window.startMs),
    end: timeText(passed.window.endMs),
    step: formatDuration(past.window.stepMs),
    isExact: past.isExact,
    threshold: comparison?.threshold ?? null,
    for: formatDuration(rule.forMs),
    fired: result.fired,
    onlyPending: result.onlyPending,
    firingSeconds: result.firingMs / 1000,
    seen: seen ? { min: seen.min, max: seen.max } : null,
    episodes: result.episodes.map((episode) => ({
      labels: episode.labels.toObject(),
      pendingAt: timeText(episode.pendingAtMs),
      firedAt: episode.firedAtMs === undefined ? null : timeText(episode.firedAtMs),
      endedAt: episode.endedAtMs === undefined ? null : timeText(episode.endedAtMs),
      worstValue: episode.worstValue,
    })),
    episodesLeft: result.episodesLeft,
    otherFor,
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
